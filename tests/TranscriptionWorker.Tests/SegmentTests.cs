using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.TranscriptionWorker.Segments;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>Sentences, and their place in the audio.</summary>
public sealed class SegmentTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("  \n ", new string[0])]
    [InlineData("Yes.", new[] { "Yes." })]
    [InlineData("no stop at all", new[] { "no stop at all" })]
    [InlineData("Hello, my order has not arrived yet. Can you help me?", new[] { "Hello, my order has not arrived yet.", "Can you help me?" })]
    [InlineData("Mr. Smith met Dr. Jones. They paid 3.5 euros at 10.30 p.m. and left.",
        new[] { "Mr. Smith met Dr. Jones.", "They paid 3.5 euros at 10.30 p.m. and left." })]
    [InlineData("No. Thank you.", new[] { "No.", "Thank you." })]
    [InlineData("Ask J. K. Rowling. It was I. Then he left.", new[] { "Ask J. K. Rowling.", "It was I.", "Then he left." })]
    [InlineData("Das ist z.B. Unsinn. Ärger!", new[] { "Das ist z.B. Unsinn.", "Ärger!" })]
    [InlineData("Well... maybe. Wait... What?!", new[] { "Well... maybe.", "Wait...", "What?!" })]
    [InlineData("She said \"Stop.\" \"Why?\" he asked.", new[] { "She said \"Stop.\"", "\"Why?\" he asked." })]
    [InlineData("See example.com/a.b for more. 20 people did.", new[] { "See example.com/a.b for more.", "20 people did." })]
    [InlineData("¿Cómo está? ¡Bien! Gracias.", new[] { "¿Cómo está?", "¡Bien!", "Gracias." })]
    [InlineData("你好。你在哪里？我在家！", new[] { "你好。", "你在哪里？", "我在家！" })]
    [InlineData("Привет. Как дела?", new[] { "Привет.", "Как дела?" })]
    public void A_text_is_cut_into_its_sentences(string text, string[] sentences) => Assert.Equal(sentences, SentenceSplitter.Split(text));

    [Fact]
    public void A_long_sentence_is_cut_at_the_comma_nearest_its_middle()
    {
        var (first, second) = (new string('a', 90) + " b,", "c " + new string('d', 90));

        Assert.Equal([first, second], SentenceSplitter.Split($"{first} {second}"));
        Assert.Equal(new string('x', 400), Assert.Single(SentenceSplitter.Split(new string('x', 400))));
    }

    [Fact]
    public void No_word_is_lost_and_no_piece_is_long()
    {
        var text = string.Join(' ', Enumerable.Range(0, 2000).Select(i => i % 23 == 22 ? $"Word{i}." : $"word{i}"));

        var sentences = SentenceSplitter.Split(text);

        Assert.Equal(text, string.Join(' ', sentences));
        Assert.All(sentences, sentence => Assert.InRange(sentence.Length, 1, 160));
    }

    [Theory]
    [InlineData(".")]
    [InlineData(". ")]
    [InlineData(".\"")]
    [InlineData("a.")]
    [InlineData("。")]
    [InlineData(" ")]
    [InlineData("ha ")]
    public void The_work_grows_with_the_length_of_what_a_model_repeats_and_not_with_its_square(string piece)
    {
        var (some, many) = (string.Concat(Enumerable.Repeat(piece, 10_000)), string.Concat(Enumerable.Repeat(piece, 200_000)));
        SentenceSplitter.Split(some);

        // The best of several. A square would be 400 times as much.
        var (few, lots) = (Best(some), Best(many));

        Assert.InRange(lots / few, 0, 100);
    }

    static double Best(string text) => Enumerable.Range(0, 5).Min(_ => ThreadTime.Of(() => SentenceSplitter.Split(text))).TotalMilliseconds;

    [Fact]
    public void Sentences_share_the_time_by_their_length() => Assert.Equal(
        [
            new TranscriptSegment(0, 2, "Good day.", "SPEAKER_00"),
            new TranscriptSegment(2, 6, "How do you do now?", "SPEAKER_00"),
        ],
        ApproximateSegments.Of("Good day. How do you do now?", TimeSpan.FromSeconds(6)));

    [Fact]
    public void Silence_has_no_segments() => Assert.Empty(ApproximateSegments.Of("", TimeSpan.FromSeconds(6)));

    [Fact]
    public void Given_segments_are_ordered_kept_inside_the_audio_and_given_speakers() => Assert.Equal(
        [
            new TranscriptSegment(0, 1.5, "One", "SPEAKER_00"),
            new TranscriptSegment(1.5, 2.346, "Two", "SPEAKER_01"),
            new TranscriptSegment(2, 3, "Three", "SPEAKER_00"),
            new TranscriptSegment(3, 3, "Four", "SPEAKER_00"),
        ],
        TimedSegments.Of(
            [
                new ServerSegment(2, 3.2, "Three", "speaker_1"),
                new ServerSegment(-0.1, 1.5, "One", "speaker_1"),
                new ServerSegment(1.5, 2.34567, "Two", "speaker_2"),
                new ServerSegment(2.5, 2.6, "", "speaker_3"),
                new ServerSegment(9, 8, "Four", null),
            ],
            TimeSpan.FromSeconds(3)));

    [Fact]
    public void Speakers_in_our_own_form_keep_their_number() => Assert.Equal(
        ["SPEAKER_01", "SPEAKER_00"],
        TimedSegments.Of([new(0, 1, "a", "SPEAKER_01"), new(1, 2, "b", "SPEAKER_00")], TimeSpan.FromSeconds(2)).Select(segment => segment.Speaker));
}
