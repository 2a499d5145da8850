using System.Collections.Concurrent;
using System.Text;
using AiPlatform.Jobs;
using AiPlatform.TranscriptionWorker.Pipeline;

namespace AiPlatform.TranscriptionWorker.Tests.Pipeline;

/// <summary>A journal without a queue behind it: what one run saves, the next one that is given it finds.</summary>
sealed class MemoryJournal : IRunJournal
{
    readonly ConcurrentDictionary<string, Checkpoint> saved = new(StringComparer.Ordinal);
    readonly StringBuilder text = new();

    public ConcurrentQueue<TranscriptionProgress> Progress { get; } = new();

    public IEnumerable<string> Keys => saved.Keys;

    public string Text
    {
        get
        {
            lock (text)
            {
                return text.ToString();
            }
        }
    }

    public Task<IReadOnlyList<Checkpoint>> SavedAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<Checkpoint>>([.. saved.Values]);

    public Task SaveAsync(Checkpoint checkpoint, CancellationToken ct)
    {
        saved[checkpoint.Key] = checkpoint;
        return Task.CompletedTask;
    }

    public Task BeginTextAsync(string known, CancellationToken ct)
    {
        lock (text)
        {
            text.Clear().Append(known);
        }
        return Task.CompletedTask;
    }

    public void Tell(string more)
    {
        lock (text)
        {
            text.Append(more);
        }
    }

    public void Report(TranscriptionProgress progress) => Progress.Enqueue(progress);
}
