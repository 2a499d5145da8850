using System.Net.Http.Headers;
using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker.Chat.Anthropic;

/// <summary>Anthropic's Messages API: https://docs.anthropic.com/en/api/messages.</summary>
/// <param name="http">Already has the key.</param>
sealed class AnthropicDialect(Uri baseAddress, HttpClient http) : IChatDialect
{
    public const string Version = "2023-06-01";

    readonly Uri messages = new(baseAddress + "/messages");

    public PreparedChat? TryPrepare(Provider provider, ChatRequest request, out string? obstacle)
    {
        obstacle = request.Choices > 1 ? "'n' must be 1." : null;
        return obstacle is null ? AnthropicBody.TryWrite(provider, request.Input, out obstacle) : null;
    }

    public async Task<ServerAnswer> SendAsync(ReadOnlyMemory<byte> body, string requestId, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, messages)
        {
            Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.Add("anthropic-version", Version);
        request.Headers.Add("X-Request-Id", requestId);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        try
        {
            return new ServerAnswer((int)response.StatusCode, await response.Content.ReadAsStreamAsync(ct), name => Header(response, name), response);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values) ? string.Join(", ", values) : null;
}
