using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>A chunk, or what is left of it after halving.</summary>
/// <param name="Halvings">How often it was halved.</param>
sealed record ChunkPart(PreparedAudio Audio, PlannedChunk Chunk, int Halvings = 0)
{
    /// <summary>For the sake of the text: 30 s become pieces of 4 to 8 s.</summary>
    const int MostHalvings = 2;

    /// <summary>Speech on both sides together below which halves help nobody.</summary>
    const double LeastHalvedSpeech = 4;

    /// <summary>What is refused as too long though it is shorter than this is not refused for its length.</summary>
    const double LeastHalvedSeconds = 4;

    /// <summary>Sent around a chunk that a provider would not take, so that it gets other bytes.</summary>
    const double MarginSeconds = 0.1;

    public SampleRange Range => Chunk.Range;

    public double SpeechSeconds { get; } = SpeechIn(Audio, Chunk).Sum(range => range.Seconds);

    public bool CanHalveForText => Halvings < MostHalvings && SpeechSeconds >= LeastHalvedSpeech;

    public bool CanHalveForLength => Range.Seconds >= LeastHalvedSeconds;

    public SampleRange Widened
    {
        get
        {
            var margin = (long)(MarginSeconds * SampleRange.Rate);
            var end = (long)(Audio.Facts.Duration * SampleRange.Rate);
            return new SampleRange(Math.Max(0, Range.Start - margin), Math.Max(Range.End, Math.Min(end, Range.End + margin)));
        }
    }

    /// <summary>Cut in the middle of the longest pause in the middle half, or in the very middle where there is none.</summary>
    public (ChunkPart First, ChunkPart Second) Halves()
    {
        var quarter = Range.Length / 4;
        var middle = new SampleRange(Range.Start + quarter, Range.End - quarter);
        var speech = SpeechIn(Audio, Chunk).ToList();
        var cut = speech.Zip(speech.Skip(1), (before, after) => new SampleRange(before.End, after.Start).Within(middle))
            .Where(pause => pause.Length > 0)
            .OrderByDescending(pause => pause.Length).ThenBy(pause => pause.Start)
            .Select(pause => (long?)(pause.Start + (pause.Length / 2)))
            .FirstOrDefault() ?? (Range.Start + (Range.Length / 2));
        return (
            new ChunkPart(Audio, Chunk with { Range = new SampleRange(Range.Start, cut) }, Halvings + 1),
            new ChunkPart(Audio, Chunk with { Range = new SampleRange(cut, Range.End), Overlap = 0 }, Halvings + 1));
    }

    static IEnumerable<SampleRange> SpeechIn(PreparedAudio audio, PlannedChunk chunk) =>
        audio.Tracks[chunk.Track].Speech.Select(range => range.Within(chunk.Range)).Where(range => range.Length > 0);
}
