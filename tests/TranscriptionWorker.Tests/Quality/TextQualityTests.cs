using AiPlatform.TranscriptionWorker.Quality;
using AiPlatform.TranscriptionWorker.Tests.Segments;

namespace AiPlatform.TranscriptionWorker.Tests.Quality;

/// <summary>Which texts are believed.</summary>
public sealed class TextQualityTests
{
    const string Prose =
        "Good morning, you are speaking with Anna from the service desk. I have your order here; it left our warehouse on Tuesday and should have been with "
        + "you by now. Let me ask the carrier what happened, and I will call you back this afternoon. Is the number that you gave us still right?";

    // Half a minute of fast speech, each in a script whose characters are two or three bytes.
    const string Russian =
        "Доброе утро, меня зовут Анна, служба поддержки. Ваш заказ покинул наш склад во вторник и должен был уже прийти. Я спрошу перевозчика, что случилось, "
        + "и перезвоню вам сегодня после обеда. Номер, который вы нам дали, всё ещё верен? Хорошо, тогда до скорого, и спасибо за терпение.";

    static QualityVerdict Judge(string text, double seconds, string? finish = "stop") => TextQuality.Judge(Clips.Answer(text, finish), seconds);

    [Theory]
    [InlineData(Prose, 20)]
    [InlineData(Russian, 25)]
    [InlineData("Yes.", 0.2)]
    [InlineData("Okay, thank you.", 0.4)]
    [InlineData("No, no, no, no.", 2)]
    [InlineData("", 1)]
    [InlineData("4 7 1 1, 0 8 1 5, 4 7 1 1.", 6)]
    public void What_people_say_is_good(string text, double seconds) => Assert.Equal(new QualityVerdict.Good(), Judge(text, seconds));

    [Fact]
    public void Ten_minutes_of_prose_are_good()
    {
        // Each sentence has words of its own, as people's have; "thank you very much for" comes every few hundred words.
        var text = string.Join(' ', Enumerable.Range(0, 120).Select(i =>
            (i % 12 == 0 ? "Thank you very much for that. " : "") + string.Join(' ', Enumerable.Range(0, 11).Select(word => Word((i * 37) + (word * 101)))) + "."));

        Assert.Equal(new QualityVerdict.Good(), Judge(text, 600));
    }

    static string Word(int number)
    {
        var random = new Random(number % 700);
        return new string([.. Enumerable.Range(0, random.Next(2, 9)).Select(_ => (char)('a' + random.Next(26)))]);
    }

    [Theory]
    [InlineData("", 1.1, QualityVerdict.EmptyText)]
    [InlineData("  ", 20, QualityVerdict.EmptyText)]
    [InlineData("Thank you for watching, and do not forget to subscribe to the channel!", 1, QualityVerdict.TooFast)]
    public void Nothing_and_too_much_are_suspect(string text, double seconds, string reason) =>
        Assert.Equal(new QualityVerdict.Suspect(reason), Judge(text, seconds));

    [Theory]
    [InlineData("I want to know. ", 6)]
    [InlineData("ha ", 60)]
    [InlineData("谢谢观看", 12)]
    [InlineData("The order is on its way to you and ", 40)]
    public void A_text_that_repeats_itself_is_suspect(string text, int times)
    {
        var repeated = string.Concat(Enumerable.Repeat(text, times));

        Assert.Equal(new QualityVerdict.Suspect(QualityVerdict.Repetition), Judge(repeated, 60));
        Assert.Equal(new QualityVerdict.Suspect(QualityVerdict.Repetition), Judge(Prose + " " + repeated, 80, "length"));
    }

    [Fact]
    public void A_text_that_was_cut_off_is_suspect() => Assert.Equal(new QualityVerdict.Suspect(QualityVerdict.Truncated), Judge(Prose, 20, "length"));

    [Fact]
    public void Of_several_answers_the_best_breaks_the_fewest_rules()
    {
        var loop = string.Concat(Enumerable.Repeat("I want to know. ", 60));
        string?[] best = ["", loop, Prose + " " + loop[..96], Prose];

        var scores = best.Select(text => TextQuality.Score(Clips.Answer(text!), 20)).ToList();

        Assert.Equal(scores.Order(), scores);
        Assert.Equal((0, 1), (scores[0], scores[^1]));
        Assert.Equal(4, scores.Distinct().Count());
        Assert.Equal(0.5, TextQuality.Score(Clips.Answer(Prose, "length"), 20));
    }
}
