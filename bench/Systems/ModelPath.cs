using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using AiPlatform.Bench.Servers;

namespace AiPlatform.Bench.Systems;

/// <summary>A way to the model server: straight, or through something that stands before it. The same client and the same question on all.</summary>
/// <param name="Name">As in tables and results.</param>
/// <param name="Whole">A question that is answered whole.</param>
/// <param name="Streamed">The same, answered as a stream; null where this way has none of its own.</param>
sealed record ModelPath(string Name, HttpClient Client, string Route, string Whole, string? Streamed) : IDisposable
{
    public const string Direct = "straight to the model";
    public const string Chat = "AiPlatform /chat";
    public const string OpenAi = "AiPlatform /v1";

    const string Model = "qwen2.5-14b";

    /// <summary>The simulator says it again, so that a stream has about ninety tokens.</summary>
    static readonly string LongQuestion = string.Join(' ', Enumerable.Repeat("go", 80));

    static readonly MediaTypeHeaderValue Json = new("application/json");

    /// <summary>All four, the straight one first.</summary>
    public static IReadOnlyList<ModelPath> All(RunningSystem system, Portkey portkey)
    {
        const string completions = "/v1/chat/completions";
        var (model, api) = (system.Address("model-simulator"), system.Address("api"));
        var whole = $$"""{"model":"{{Model}}","messages":[{"role":"user","content":"hi"}]}""";
        var streamed = $$"""{"model":"{{Model}}","messages":[{"role":"user","content":"{{LongQuestion}}"}],"stream":true}""";
        return
        [
            new(Direct, ClientOf(model), completions, whole, streamed),
            new(Chat, ClientOf(api), "/chat", whole, null),
            new(OpenAi, ClientOf(api), completions, whole, streamed),
            new(Portkey.Name, ClientOf(portkey.Address, Portkey.Headers(model)), completions, whole, streamed),
        ];
    }

    /// <summary>Asks, reads the whole answer, and says how many milliseconds that took.</summary>
    public async Task<double> CallAsync(CancellationToken ct)
    {
        using var content = new StringContent(Whole, Encoding.UTF8, Json);
        var start = Stopwatch.GetTimestamp();
        using var response = await Client.PostAsync(new Uri(Route, UriKind.Relative), content, ct);
        var text = await response.Content.ReadAsStringAsync(ct);
        var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return response.IsSuccessStatusCode && text.Contains("\"content\"", StringComparison.Ordinal)
            ? elapsed
            : throw new InvalidOperationException($"{Name} answered {(int)response.StatusCode}: {text}");
    }

    /// <summary>Asks for a stream.</summary>
    public async Task<HttpResponseMessage> StreamAsync(CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Route) { Content = new StringContent(Streamed!, Encoding.UTF8, Json) };
        var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        return response.IsSuccessStatusCode
            ? response
            : throw new InvalidOperationException($"{Name} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(ct)}");
    }

    public void Dispose() => Client.Dispose();

    static HttpClient ClientOf(Uri address, IReadOnlyDictionary<string, string>? headers = null)
    {
        var client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(1) };
        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            client.DefaultRequestHeaders.Add(name, value);
        }
        return client;
    }
}
