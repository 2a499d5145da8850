namespace AiPlatform.Jobs;

/// <summary>The calls that Redis did not take, as far as this process can keep them.</summary>
sealed class CallsHere
{
    /// <summary>The oldest are forgotten first.</summary>
    const int MostCalls = 10_000;

    readonly Lock _gate = new();
    readonly Dictionary<string, List<RecentCall>> _calls = [];
    readonly Queue<(string Print, Guid Job)> _order = [];

    public IReadOnlyList<RecentCall> Of(string print)
    {
        lock (_gate)
        {
            return _calls.TryGetValue(print, out var calls) ? [.. calls] : [];
        }
    }

    public void Set(string print, Guid job, CallState state)
    {
        lock (_gate)
        {
            if (!Remove_NeedsLock(print, job))
            {
                _order.Enqueue((print, job));
            }
            if (!_calls.TryGetValue(print, out var calls))
            {
                _calls[print] = calls = [];
            }
            calls.Add(new(job, state));
            while (_order.Count > MostCalls)
            {
                var oldest = _order.Dequeue();
                Remove_NeedsLock(oldest.Print, oldest.Job);
            }
        }
    }

    /// <returns>Whether it was there.</returns>
    public bool Remove(string print, Guid job)
    {
        lock (_gate)
        {
            return Remove_NeedsLock(print, job);
        }
    }

    bool Remove_NeedsLock(string print, Guid job)
    {
        if (!_calls.TryGetValue(print, out var calls) || calls.RemoveAll(call => call.Job == job) == 0)
        {
            return false;
        }
        if (calls.Count == 0)
        {
            _calls.Remove(print);
        }
        return true;
    }
}
