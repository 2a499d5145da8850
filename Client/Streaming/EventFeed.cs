using System.Text.Json;
using AiPlatform.Client.Http;
using AiPlatform.Contracts;

namespace AiPlatform.Client.Streaming;

/// <summary>A job's events over as many connections as it takes.</summary>
/// <param name="after">The id of the event to begin after; null for the beginning.</param>
sealed class EventFeed(ApiConnection api, Guid job, string? after) : IAsyncDisposable
{
    readonly Pauses _pauses = new(api.Options, api.Time);
    EventConnection? _connection;
    long _openedAt = api.Time.GetTimestamp();
    string? _after = after;
    (JobStatus Status, DateTimeOffset? StartedAt)? _shown;
    bool _hasEnded;

    /// <summary>Whether the connection there is has.</summary>
    bool _gaveEvent;

    ApiRequest Request => ApiRequest.Get($"api/v1/jobs/{job}/events", api.Options.Timeout) with
    {
        Headers = _after is null ? [] : [("Last-Event-ID", _after)],
    };

    /// <summary>Begins with a stream that is open already.</summary>
    public async Task BeginAsync(string call, HttpResponseMessage response, CancellationToken cancellationToken) =>
        _connection = await EventConnection.OverAsync(call, response, api, cancellationToken);

    /// <summary>The next event; null after the final state.</summary>
    public async Task<JobEvent?> NextAsync(CancellationToken cancellationToken)
    {
        while (!_hasEnded)
        {
            TimeSpan pause;
            try
            {
                var next = await (_connection ??= await OpenAsync(cancellationToken)).NextAsync(cancellationToken)
                    ?? throw AiPlatformException.NoAnswer(Request.Name, "the stream ended before the job.", Trial.Unsure);
                _gaveEvent = true;
                if (IsNews(next))
                {
                    _pauses.Reset();
                    return next;
                }
                _pauses.Prolong();
                continue;
            }
            catch (AiPlatformException failure) when (failure.After != Trial.Useless)
            {
                // A connection that held for a while and told something is not one that is refused again and again: a proxy may end it after its own time.
                if (_connection is not null && _gaveEvent && api.Time.GetElapsedTime(_openedAt) >= api.Options.LongestPause)
                    _pauses.Reset();
                if (_pauses.Next(failure.RetryAfter) is not { } left)
                    throw;
                pause = left;
            }
            await CloseAsync();
            await Task.Delay(pause, api.Time, cancellationToken);
        }
        return null;
    }

    public ValueTask DisposeAsync() => CloseAsync();

    async Task<EventConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var request = Request;
        var response = await api.OpenOnceAsync(request, cancellationToken);
        (_openedAt, _gaveEvent) = (api.Time.GetTimestamp(), false);
        return await EventConnection.OverAsync(request.Name, response, api, cancellationToken);
    }

    async ValueTask CloseAsync()
    {
        var connection = _connection;
        _connection = null;
        if (connection is not null)
            await connection.DisposeAsync();
    }

    /// <summary>Notes an event. A connection begins with the state of the job, which may be the one that the last connection told.</summary>
    bool IsNews(JobEvent next)
    {
        _after = next.Id.Length > 0 ? next.Id : _after;
        if (next.Type != JobEventTypes.State)
            return true;
        var state = StateOf(next);
        _hasEnded = state.Status.IsFinal();
        if (_shown == (state.Status, state.StartedAt))
            return false;
        _shown = (state.Status, state.StartedAt);
        return true;
    }

    public JobView StateOf(JobEvent state)
    {
        try
        {
            return state.Data.Deserialize(ClientJson.Wire.JobView) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw AiPlatformException.Unexpected(Request.Name, "a state cannot be read as a job.", 200, Trial.Useless);
        }
    }
}
