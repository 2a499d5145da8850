using AiPlatform.ModelSimulator.Admin;
using AiPlatform.ModelSimulator.Faults;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>What is heard in a clip: what was ordered for it, else what was ordered for all, the newest of each; else made up sentences.</summary>
sealed class TranscriptBook
{
    public const int Most = 10_000;

    readonly Lock gate = new();
    readonly List<TranscriptOrder> orders = [];

    public IReadOnlyList<TranscriptOrder> All
    {
        get
        {
            lock (gate)
                return [.. orders];
        }
    }

    /// <summary>False: as many as it keeps are there.</summary>
    public bool TryAdd(TranscriptOrder order)
    {
        lock (gate)
        {
            if (orders.Count >= Most)
                return false;
            orders.Add(order);
            return true;
        }
    }

    public void Clear()
    {
        lock (gate)
            orders.Clear();
    }

    public Heard Hear(WavAudio audio, ReadOnlySpan<byte> file)
    {
        if (Take(audio.Sha256) is not { } order)
            return Transcript.Of(audio, file);
        var heard = order switch
        {
            { WordsPerSecond: { } pace } => NumberWords.Of(audio, pace),
            { Segments: { } segments } => new Heard(order.Text ?? string.Join(' ', segments.Select(segment => segment.Text)), segments),
            { Text: { } text } => new Heard(text, Transcript.Spread(text, audio)),
            _ => Transcript.Of(audio, file)
        };
        return heard with { Language = order.Language, Fault = order.Fault is { } fault ? FaultText.Parse(fault).Fault : null };
    }

    TranscriptOrder? Take(string sha256)
    {
        lock (gate)
        {
            var index = orders.FindLastIndex(order => order.Sha256 == sha256);
            if (index < 0)
                index = orders.FindLastIndex(order => order.Sha256 is null);
            if (index < 0)
                return null;
            var order = orders[index];
            if (order.Times == 1)
                orders.RemoveAt(index);
            else if (order.Times > 1)
                orders[index] = order with { Times = order.Times - 1 };
            return order;
        }
    }
}
