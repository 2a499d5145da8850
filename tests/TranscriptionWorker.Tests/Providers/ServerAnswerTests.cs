using System.Text;
using AiPlatform.TranscriptionWorker.Providers;

namespace AiPlatform.TranscriptionWorker.Tests.Providers;

/// <summary>The forms that transcription servers answer in.</summary>
public sealed class ServerAnswerTests
{
    [Fact]
    public void VLLM_answers_text_and_seconds()
    {
        var answer = Read("""{"text":" Hello. ","usage":{"type":"duration","seconds":4}}""");

        Assert.Equal(("Hello.", 0, null), (answer.Text, answer.Segments.Count, answer.Language));
        Assert.Equal("""{"type":"duration","seconds":4}""", answer.Usage?.GetRawText());
    }

    [Fact]
    public void OpenAI_answers_segments_and_vLLM_their_length_as_text()
    {
        var answer = Read(
            """
            {"task":"transcribe","language":"english","duration":"3.5","text":"Hello there.",
             "segments":[{"id":0,"start":0,"end":"1.5","text":" Hello","no_speech_prob":null},{"id":1,"start":1.5,"end":3.5,"text":" there."}]}
            """);

        Assert.Equal(("Hello there.", "english", null), (answer.Text, answer.Language, answer.Usage));
        Assert.Equal([new(0, 1.5, "Hello", null), new(1.5, 3.5, "there.", null)], answer.Segments);
    }

    [Fact]
    public void Mistral_names_speakers() => Assert.Equal(
        [new(0.6, 3, "Hello", "speaker_1")],
        Read(
            """
            {"model":"voxtral-mini","text":"Hello","language":null,"finish_reason":null,"usage":{"prompt_audio_seconds":3},
             "segments":[{"text":" Hello","start":0.6,"end":3.0,"speaker_id":"speaker_1","type":"transcription_segment"}]}
            """).Segments);

    [Fact]
    public void WhisperX_puts_an_object_around_aligned_segments()
    {
        var answer = Read(
            """
            {"segments":{"word_segments":[],
             "segments":[{"start":0,"end":1,"text":" Hello ","speaker":"SPEAKER_01"},{"start":1,"end":2,"text":"you"}]}}
            """);

        Assert.Equal("Hello you", answer.Text);
        Assert.Equal([new(0, 1, "Hello", "SPEAKER_01"), new(1, 2, "you", null)], answer.Segments);
    }

    [Fact]
    public void The_speaker_of_most_words_is_that_of_a_segment_without_one() => Assert.Equal(
        "SPEAKER_01",
        Assert.Single(Read(
            """
            {"segments":[{"start":0,"end":2,"text":"It is 42 now","words":[{"word":"It","start":0,"end":0.3,"speaker":"SPEAKER_00"},
             {"word":"is","start":0.3,"end":0.6,"speaker":"SPEAKER_01"},{"word":"42"},{"word":"now","start":1,"end":2,"speaker":"SPEAKER_01"}]}]}
            """).Segments).Speaker);

    [Theory]
    [InlineData("""{"type":"duration","seconds":4}""", 4.0)]
    [InlineData("""{"prompt_audio_seconds":32,"total_tokens":9}""", 32.0)]
    [InlineData("""{"type":"tokens","total_tokens":9}""", null)]
    public void Seconds_are_billed_or_something_else_is(string usage, double? seconds) =>
        Assert.Equal(seconds, Read($$"""{"text":"a","usage":{{usage}}}""").ToTranscript().BilledSeconds);

    [Fact]
    public void Segments_that_lack_times_are_no_segments() =>
        Assert.Empty(Read("""{"text":"a b","segments":[{"start":0,"end":1,"text":"a"},{"text":"b"}]}""").Segments);

    [Theory]
    [InlineData("""{"error":{"message":"no","code":400}}""", """{"message":"no","code":400}""")]
    [InlineData("""{"error":"no"}""", "\"no\"")]
    [InlineData("""{"object":"error","message":"no"}""", """{"object":"error","message":"no"}""")]
    public void An_error_is_told_from_an_answer(string body, string expected)
    {
        Assert.Null(ServerAnswer.TryRead(Encoding.UTF8.GetBytes(body), out var error));
        Assert.Equal(expected, error?.GetRawText());
    }

    [Theory]
    [InlineData("")]
    [InlineData("Hello")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"text":null}""")]
    [InlineData("""{"text":7}""")]
    [InlineData("""{"text":"\ud800"}""")]
    [InlineData("""{"text":"cut""")]
    [InlineData("<html>")]
    public void What_is_no_transcription_is_not_taken_for_one(string body)
    {
        Assert.Null(ServerAnswer.TryRead(Encoding.UTF8.GetBytes(body), out var error));
        Assert.Null(error);
    }

    static ServerAnswer Read(string body)
    {
        var answer = ServerAnswer.TryRead(Encoding.UTF8.GetBytes(body), out var error);
        Assert.Null(error);
        return answer!;
    }
}
