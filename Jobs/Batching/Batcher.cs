using System.Diagnostics;

namespace AiPlatform.Jobs.Batching;

/// <summary>Group commit by arrival: who finds a write under way waits for its commit and then shares the next one with all others that came
/// meanwhile. Alone, a write goes at once; nobody lingers for company. An answer is given after the commit it took part in, never before.</summary>
/// <param name="write">Writes all items in one transaction. Where Postgres refuses it, nothing of it was written; where Postgres went away
/// in the middle, nobody knows.</param>
/// <param name="weigh">How many rows an item has.</param>
sealed class Batcher<TItem, TResult>(
    string name, Func<IReadOnlyList<TItem>, Task<Committed<TResult>>> write, Func<TItem, int> weigh, JobsTelemetry telemetry)
{
    /// <summary>Rows a write, unless a single item has more.</summary>
    public const int MostRows = 500;

    /// <summary>Items that wait for their turn. More of them than this could not be written within the time limit of the first one.</summary>
    public const int MostWaiting = 20_000;

    /// <summary>Writes at a time.</summary>
    const int MostWrites = 2;

    /// <summary>A second write begins beside the first when it has this many rows: with fewer, one larger write costs less than two small ones.</summary>
    const int WorthAnother = 16;

    readonly Lock _lock = new();
    readonly Queue<Entry> _waiting = new();
    int _rows;
    int _writing;

    /// <param name="ct">Takes the item back as long as no write has begun with it; after that the answer comes.</param>
    /// <exception cref="StoreUnavailableException">Postgres is away, or too many items wait already.</exception>
    public Task<TResult> AddAsync(TItem item, CancellationToken ct)
    {
        var entry = new Entry(item, ct);
        lock (_lock)
        {
            if (_waiting.Count >= MostWaiting)
            {
                throw new StoreUnavailableException($"{_waiting.Count} writes are waiting for Postgres already.");
            }
            _waiting.Enqueue(entry);
            _rows += weigh(item);
            if (_writing == MostWrites || (_writing > 0 && _rows < WorthAnother))
            {
                return entry.Answer.Task;
            }
            _writing++;
        }
        _ = WriteWaitingAsync();
        return entry.Answer.Task;
    }

    async Task WriteWaitingAsync()
    {
        while (TakeBatch() is { Length: > 0 } batch)
        {
            // The statements belong to the trace of the first one that waits for them.
            Activity.Current = batch[0].Trace;
            telemetry.Batch(name, batch.Length);
            await WriteAsync(batch);
        }
    }

    /// <summary>Empty when nothing waits; the write slot is given back with that.</summary>
    Entry[] TakeBatch()
    {
        var (batch, rows) = (new List<Entry>(), 0);
        lock (_lock)
        {
            while (_waiting.TryPeek(out var next) && (batch.Count == 0 || rows + weigh(next.Item) <= MostRows))
            {
                _waiting.Dequeue();
                _rows -= weigh(next.Item);
                if (next.Ct.IsCancellationRequested)
                {
                    next.Answer.TrySetCanceled(next.Ct);
                    continue;
                }
                batch.Add(next);
                rows += weigh(next.Item);
            }
            if (batch.Count == 0)
            {
                _writing--;
            }
        }
        return [.. batch];
    }

    /// <summary>Returns after the commit. An item that cannot be written fails alone: what the store refused is tried again in halves.</summary>
    async Task WriteAsync(ArraySegment<Entry> batch)
    {
        try
        {
            var committed = await write([.. batch.Select(entry => entry.Item)]);
            _ = AnswerAsync(batch, committed);
        }
        catch (Exception refusal) when (refusal is not StoreUnavailableException && batch.Count > 1)
        {
            await WriteAsync(batch[..(batch.Count / 2)]);
            await WriteAsync(batch[(batch.Count / 2)..]);
        }
        catch (Exception failure)
        {
            Fail(batch, failure);
        }
    }

    static async Task AnswerAsync(ArraySegment<Entry> batch, Committed<TResult> committed)
    {
        try
        {
            await committed.ShowAsync();
            foreach (var (entry, answer) in batch.Zip(committed.Answers))
            {
                entry.Answer.TrySetResult(answer);
            }
        }
        catch (Exception failure)
        {
            Fail(batch, failure);
        }
    }

    static void Fail(ArraySegment<Entry> batch, Exception failure)
    {
        foreach (var entry in batch)
        {
            entry.Answer.TrySetException(failure);
        }
    }

    sealed record Entry(TItem Item, CancellationToken Ct)
    {
        public TaskCompletionSource<TResult> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Activity? Trace { get; } = Activity.Current;
    }
}

/// <summary>What a write answers, in the order of its items.</summary>
/// <param name="ShowAsync">Tells Redis of it. The answers wait for that, so that whoever has one finds the index as it says; the next write does not.</param>
readonly record struct Committed<TResult>(IReadOnlyList<TResult> Answers, Func<Task> ShowAsync);
