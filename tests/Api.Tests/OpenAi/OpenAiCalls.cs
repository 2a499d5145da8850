using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using OpenAI;
using OpenAI.Chat;

namespace AiPlatform.Api.Tests.OpenAi;

/// <summary>Calls of the OpenAI front, by OpenAI's own client and by hand.</summary>
static class OpenAiCalls
{
    public const string Completions = "/v1/chat/completions";

    /// <summary>Each test has a model profile of its own, which keeps its jobs apart.</summary>
    public static ChatClient Chat(this RunningApi api, string profile, int retries = 0) => new(profile, new ApiKeyCredential("none"), Options(api, retries));

    public static OpenAIClientOptions Options(RunningApi api, int retries = 0) => new()
    {
        Endpoint = new Uri(api.Http.BaseAddress!, "v1"),
        RetryPolicy = new ClientRetryPolicy(retries),
    };

    public static string Question(string profile, bool stream = false) =>
        $$"""{"model":"{{profile}}","messages":[{"role":"user","content":"Hello"}],"stream":{{(stream ? "true" : "false")}}}""";

    public static async Task<List<StreamingChatCompletionUpdate>> ReadAsync(AsyncCollectionResult<StreamingChatCompletionUpdate> chunks)
    {
        List<StreamingChatCompletionUpdate> seen = [];
        await foreach (var chunk in chunks)
            seen.Add(chunk);
        return seen;
    }

    /// <summary>An open stream; to be read to its end by <see cref="ReadAsync(HttpResponseMessage)"/>.</summary>
    public static Task<HttpResponseMessage> OpenAsync(RunningApi api, string body, params (string Name, string Value)[] headers) =>
        OpenAsync(api.Http, body, headers);

    public static async Task<HttpResponseMessage> OpenAsync(HttpClient http, string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Completions) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>What came up to the end of the connection, and whether that was a clean one.</summary>
    public static async Task<(string Text, bool IsWhole)> ReadAsync(HttpResponseMessage response)
    {
        using var bytes = new MemoryStream();
        var isWhole = true;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            await body.CopyToAsync(bytes, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            isWhole = false;
        }
        return (Encoding.UTF8.GetString(bytes.ToArray()), isWhole);
    }

    /// <summary>The text that the chunks of a stream make together.</summary>
    public static string Said(string stream) => string.Concat(stream.Split('\n')
        .Where(line => line.StartsWith("data: {\"id\"", StringComparison.Ordinal))
        .SelectMany(line => System.Text.Json.JsonElement.Parse(line[6..]).GetProperty("choices").EnumerateArray())
        .Select(choice => choice.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : ""));
}
