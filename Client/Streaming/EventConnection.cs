using System.Net.ServerSentEvents;
using System.Text.Json;
using AiPlatform.Client.Http;
using AiPlatform.Contracts;

namespace AiPlatform.Client.Streaming;

/// <summary>One connection on which events come.</summary>
sealed class EventConnection : IAsyncDisposable
{
    readonly string _call;
    readonly HttpResponseMessage _response;
    readonly Stream _body;
    readonly CancellationTokenSource _ended = new();
    readonly IAsyncEnumerator<SseItem<string>> _items;

    EventConnection(string call, HttpResponseMessage response, Stream body)
    {
        (_call, _response, _body) = (call, response, body);
        _items = SseParser.Create(body).EnumerateAsync(_ended.Token).GetAsyncEnumerator(_ended.Token);
    }

    public static async Task<EventConnection> OverAsync(string call, HttpResponseMessage response, ApiConnection api, CancellationToken cancellationToken)
    {
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return new(call, response, new IdleStream(body, api.Options.StreamIdleTimeout, api.Time));
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>The next event; null at the end, which may come early.</summary>
    /// <exception cref="AiPlatformException">The connection broke, or what came is no event.</exception>
    public async Task<JobEvent?> NextAsync(CancellationToken cancellationToken)
    {
        // The parser takes one token for all of its life, and each call has its own.
        await using var registration = cancellationToken.UnsafeRegister(static ended => ((CancellationTokenSource)ended!).Cancel(), _ended);
        try
        {
            if (!await _items.MoveNextAsync())
                return null;
            var item = _items.Current;
            return new(item.EventId ?? "", item.EventType, JsonElement.Parse(item.Data));
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            throw AnswerFaults.Of(_call, broken);
        }
        catch (JsonException)
        {
            throw AiPlatformException.Unexpected(_call, "the data of an event is not JSON.", (int)_response.StatusCode, Trial.Useless);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync();
        await _body.DisposeAsync();
        _response.Dispose();
        _ended.Dispose();
    }
}
