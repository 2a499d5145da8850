using System.Net.ServerSentEvents;
using System.Text.Json;
using AiPlatform.Api.Access;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Endpoints;

/// <summary>
/// Events on their way to one caller. It ends when the caller leaves and also when the process stops: the server would otherwise wait for
/// the stream as long as a shutdown may take. With each heartbeat it is asked whether the caller would still be let in; it ends where not.
/// </summary>
sealed class EventStream(
    HttpResponse response, TimeSpan heartbeat, TimeProvider time, CancellationToken stopping, CancellationToken aborted) : IAsyncDisposable
{
    static readonly ReadOnlyMemory<byte> Comment = ": still here\n\n"u8.ToArray();

    readonly CancellationTokenSource _ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, aborted);
    readonly RequestCaller _caller = RequestCaller.Of(response.HttpContext);
    IAsyncEnumerator<JobEvent>? _events;
    Task<bool> _next = Task.FromResult(true);
    long _askedAt = time.GetTimestamp();

    /// <summary>The first event, once the stream is open and before it is read.</summary>
    public JobEvent First => _events!.Current;

    /// <summary>Whether the last event, the final state, has been read; not where the stream ended without it.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether the process stops, which ends the stream.</summary>
    public bool IsStopping => stopping.IsCancellationRequested;

    /// <summary>Waits for the first event; false where there is none, because there is no such job.</summary>
    public async Task<bool> OpenAsync(Func<CancellationToken, IAsyncEnumerable<JobEvent>> open)
    {
        _events = open(_ended.Token).GetAsyncEnumerator(_ended.Token);
        return await _events.MoveNextAsync();
    }

    public async IAsyncEnumerable<SseItem<JsonElement>> ReadAsync()
    {
        do
        {
            var current = _events!.Current;
            yield return new SseItem<JsonElement>(current.Data, current.Type) { EventId = current.Id };
        }
        while (await MoveNextAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        // What is still being waited for cannot be disposed of: the caller may have left in the middle of a heartbeat.
        await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_events is not null)
            await _events.DisposeAsync();
        _ended.Dispose();
    }

    async Task<bool> MoveNextAsync()
    {
        var next = _next = _events!.MoveNextAsync().AsTask();
        while (true)
        {
            // Also where events come faster than heartbeats.
            if (time.GetElapsedTime(_askedAt) >= heartbeat)
            {
                if (!_caller.IsStillIn)
                    return false;
                _askedAt = time.GetTimestamp();
            }
            try
            {
                HasEnded = !await next.WaitAsync(heartbeat, time, CancellationToken.None);
                return !HasEnded;
            }
            catch (TimeoutException) when (!next.IsFaulted)
            {
                // An event that came just now is given with the next round.
                // Nothing else writes now: the writer of the events is waiting for this method.
                await response.Body.WriteAsync(Comment, aborted);
                await response.Body.FlushAsync(aborted);
            }
            catch (StoreUnavailableException)
            {
                // The answer has begun and cannot become an error. A stream that ends without a final state is asked for again.
                return false;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested && !aborted.IsCancellationRequested)
            {
                return false;
            }
        }
    }
}
