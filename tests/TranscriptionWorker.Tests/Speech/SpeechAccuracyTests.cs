using AiPlatform.Bench.Speech;
using AiPlatform.TranscriptionWorker.Tests.Audio;

namespace AiPlatform.TranscriptionWorker.Tests.Speech;

/// <summary>How far off segments start, and whose they are, on half a minute of a call whose every word has a known time. More of it: <c>./dev bench speech</c>.</summary>
public sealed class SpeechAccuracyTests
{
    static readonly string Calls = Path.Combine(AppContext.BaseDirectory, "Speech", "calls");

    [Theory]
    [InlineData("small-stereo", 1)]
    [InlineData("small-mono", 0.95)]
    public async Task Segments_start_where_their_first_word_does_and_have_its_speaker(string name, double leastSpeakers)
    {
        var call = Assert.Single(KnownCall.In(Calls), call => call.Name == name);
        await using var host = new AudioHost();
        using var audio = await host.PrepareAsync(await File.ReadAllBytesAsync(call.Path, TestContext.Current.CancellationToken));

        var heard = await KnownTranscriber.TranscribeAsync(call, audio, numSpeakers: null, TestContext.Current.CancellationToken);

        var errors = heard.StartErrors().Select(start => start.Error).ToList();
        Assert.Equal(call.Words.Select(word => word.Sentence).Distinct().Count(), errors.Count);
        Assert.InRange(errors.Average(), 0, 0.25);
        Assert.InRange(errors.Max(), 0, 1);
        Assert.InRange(heard.SpeakerAccuracy(), leastSpeakers, 1);
        Assert.Equal(name == "small-stereo" ? "channel" : "heuristic", heard.Spoken.Diarization.Method);
    }
}
