using System.Text.Json.Serialization;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>A stretch of decoded audio, in samples of <see cref="Rate"/> a second from the start of the file.</summary>
/// <param name="End">The first sample after it.</param>
readonly record struct SampleRange(long Start, long End)
{
    /// <summary>Samples a second of all decoded audio: what the models take.</summary>
    public const int Rate = 16_000;

    [JsonIgnore]
    public long Length => End - Start;

    [JsonIgnore]
    public double StartSeconds => (double)Start / Rate;

    [JsonIgnore]
    public double EndSeconds => (double)End / Rate;

    [JsonIgnore]
    public double Seconds => (double)Length / Rate;

    public static SampleRange OfSeconds(double start, double end) => new((long)Math.Round(start * Rate), (long)Math.Round(end * Rate));

    /// <summary>What both have in common; empty where nothing.</summary>
    public SampleRange Within(SampleRange other)
    {
        var start = Math.Max(Start, other.Start);
        return new SampleRange(start, Math.Max(start, Math.Min(End, other.End)));
    }
}
