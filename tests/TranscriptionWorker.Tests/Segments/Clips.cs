using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Providers;

namespace AiPlatform.TranscriptionWorker.Tests.Segments;

/// <summary>Answers and chunks of a test, in seconds.</summary>
static class Clips
{
    public static ClipTranscript Answer(string text, string? finish = "stop") => new(text, [], null, finish, null, null, "transcription", []);

    public static ClipTranscript Timed(params ServerSegment[] segments) =>
        Answer(string.Join(' ', segments.Select(segment => segment.Text))) with { Segments = segments };

    public static PlannedChunk Chunk(double start, double end, double overlap = 0, int index = 0) =>
        new(0, index, SampleRange.OfSeconds(start, end), (int)(overlap * SampleRange.Rate));

    public static SpeechTrack Track(params (double Start, double End)[] speech) => new(0, [.. speech.Select(range => SampleRange.OfSeconds(range.Start, range.End))]);
}
