using AiPlatform.Jobs;

namespace AiPlatform.Api.Submission;

/// <summary>
/// How many jobs of each owner service wait: as the store said within the last second, and what this process has let in since. Other processes may let in as many in
/// that second as fit by what they know, and jobs that were just being stored when it was asked are missed: a limit may be passed by so much, not by more.
/// </summary>
sealed class OwnerWaits(CallerStore store, TimeProvider time) : IDisposable
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    readonly SemaphoreSlim _reading = new(1);
    readonly Lock _lock = new();
    IReadOnlyDictionary<string, long> _read = new Dictionary<string, long>();
    Dictionary<string, long> _since = [];
    Dictionary<string, long> _nextSince = [];
    long? _readAt;

    /// <summary>Lets jobs in, all or none.</summary>
    /// <returns>An owner service that would have more than <paramref name="most"/>, and how many it has; null where all are let in.</returns>
    public async Task<(string Owner, long Waiting)?> TakeAsync(IReadOnlyDictionary<string, int> jobs, int most, CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        lock (_lock)
        {
            foreach (var (owner, count) in jobs)
            {
                if (Waiting_NeedsLock(owner) is var waiting && waiting + count > most)
                    return (owner, waiting);
            }
            foreach (var (owner, count) in jobs)
                Add_NeedsLock(owner, count);
            return null;
        }
    }

    /// <summary>How many wait.</summary>
    public async Task<long> OfAsync(string owner, CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        lock (_lock)
            return Waiting_NeedsLock(owner);
    }

    /// <summary>Notes jobs that are let in in any case.</summary>
    public void Add(string owner, int count)
    {
        lock (_lock)
            Add_NeedsLock(owner, count);
    }

    public void Dispose() => _reading.Dispose();

    async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (IsFresh())
            return;
        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (IsFresh())
                return;
            lock (_lock)
                _nextSince = [];
            var read = await store.WaitingAsync(cancellationToken);
            lock (_lock)
            {
                (_read, _since) = (read, _nextSince);
                _readAt = time.GetTimestamp();
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    bool IsFresh()
    {
        lock (_lock)
            return _readAt is { } at && time.GetElapsedTime(at) < Fresh;
    }

    long Waiting_NeedsLock(string owner) => _read.GetValueOrDefault(owner) + _since.GetValueOrDefault(owner);

    /// <summary>While the store is being read, also to what counts on top of that reading.</summary>
    void Add_NeedsLock(string owner, int count)
    {
        _since[owner] = _since.GetValueOrDefault(owner) + count;
        if (!ReferenceEquals(_since, _nextSince))
            _nextSince[owner] = _nextSince.GetValueOrDefault(owner) + count;
    }
}
