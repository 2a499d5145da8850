using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;

namespace AiPlatform.Api.Tests;

/// <summary>An open event stream.</summary>
public sealed class ServerEvents : IAsyncDisposable
{
    readonly HttpResponseMessage _response;
    readonly Stream _body;
    readonly IAsyncEnumerator<SseItem<string>> _items;

    ServerEvents(HttpResponseMessage response, Stream body)
    {
        (_response, _body) = (response, body);
        _items = SseParser.Create(body).EnumerateAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
    }

    public HttpResponseMessage Response => _response;

    /// <summary>The bytes as they come; not to be mixed with <see cref="NextAsync"/>.</summary>
    public Stream Body => _body;

    public static async Task<ServerEvents> OpenAsync(HttpClient http, Guid id, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/jobs/{id}/events");
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        return await OpenAsync(http, request);
    }

    public static async Task<ServerEvents> OpenAsync(HttpClient http, HttpRequestMessage request)
    {
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return new ServerEvents(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The next event; null at the end of the stream.</summary>
    public async Task<(string Type, string? Id, JsonElement Data)?> NextAsync() =>
        await _items.MoveNextAsync() ? (_items.Current.EventType, _items.Current.EventId, JsonElement.Parse(_items.Current.Data)) : null;

    public async Task<string> ReadUntilAsync(string text)
    {
        var seen = new StringBuilder();
        var buffer = new byte[1024];
        while (!seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            var count = await _body.ReadAsync(buffer, TestContext.Current.CancellationToken);
            Assert.True(count > 0, $"The stream ended after: {seen}");
            seen.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
        return seen.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync();
        await _body.DisposeAsync();
        _response.Dispose();
    }
}
