using AiPlatform.Api.Tests.OpenAi;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests.Access;

/// <summary>One API whose callers, with tokens that an administrator made, each have things of all kinds. No worker runs.</summary>
public sealed class IsolatedApi(Stores stores) : IAsyncLifetime
{
    /// <summary>Names the holder of <c>AI_SERVICE_TOKEN</c> where a request names its caller.</summary>
    public const string Administrator = "service";

    const string ServiceToken = "the-administrator's-word";

    readonly Dictionary<string, string> _tokens = new() { [Administrator] = ServiceToken };
    readonly Dictionary<string, OwnThings> _things = [];
    RunningApi? _api;

    public RunningApi Api => _api ?? throw new InvalidOperationException("The fixture was not initialized.");

    internal OwnThings Of(string caller) => _things[caller];

    public async ValueTask InitializeAsync()
    {
        _api = await RunningApi.StartAsync(stores, $"AI_SERVICE_TOKEN={ServiceToken}");
        foreach (var caller in Callers.All)
            _tokens[caller.Name] = await _api.MakeAsync(ServiceToken, caller.Name, Callers.Settings(caller));
        foreach (var caller in Callers.OfOwners)
            _things[caller.Name] = await MakeAsync(caller);
    }

    public async ValueTask DisposeAsync()
    {
        if (_api is not null)
            await _api.DisposeAsync();
    }

    public Task<Answer> SendAsync(string caller, HttpMethod method, string path, HttpContent? content = null, params (string, string)[] headers) =>
        Api.SendAsync(method, path, content, [.. headers, ("Authorization", $"Bearer {_tokens[caller]}")]);

    public Task<Answer> GetAsync(string caller, string path) => SendAsync(caller, HttpMethod.Get, path);

    public Task<Answer> PostAsync(string caller, string path, string json, params (string, string)[] headers) =>
        SendAsync(caller, HttpMethod.Post, path, new StringContent(json, System.Text.Encoding.UTF8, "application/json"), headers);

    /// <summary>Things of the caller's first owner.</summary>
    internal async Task<OwnThings> MakeAsync(Caller caller)
    {
        var (name, owner) = (caller.Name, caller.OwnerServices![0]);
        var job = await IdAsync(200, 201, PostAsync(name, "/api/v1/jobs", Job(owner)));
        var ended = await IdAsync(200, 201, PostAsync(name, "/api/v1/jobs", Job(owner)));
        Assert.Equal(200, (await SendAsync(name, HttpMethod.Post, $"/api/v1/jobs/{ended}/cancel")).Status);
        using var form = FileCalls.Form(System.Text.Encoding.UTF8.GetBytes(BatchCalls.Line("a", "isolation")));
        var file = await IdAsync(200, 200, SendAsync(name, HttpMethod.Post, FileCalls.Files, form, ("X-Owner-Service", owner)));
        var batch = await IdAsync(200, 200, PostAsync(name, BatchCalls.Batches, BatchCalls.Create(file), ("X-Owner-Service", owner)));
        using var spare = FileCalls.Form(System.Text.Encoding.UTF8.GetBytes(BatchCalls.Line("a", "isolation")));
        var unused = await IdAsync(200, 200, SendAsync(name, HttpMethod.Post, FileCalls.Files, spare, ("X-Owner-Service", owner)));
        var audio = await IdAsync(201, 201, SendAsync(name, HttpMethod.Post, "/api/v1/audio", Audio(), ("X-Owner-Service", owner)));
        return new OwnThings(job, ended, unused, batch, audio);
    }

    public static string Job(string owner, string more = "") => $$"""{"owner_service":"{{owner}}","task_type":"isolation","input":{"n":1}{{more}}}""";

    public static ByteArrayContent Audio() => new([1, 2, 3]) { Headers = { ContentType = new("application/octet-stream") } };

    static async Task<string> IdAsync(int one, int other, Task<Answer> asked)
    {
        var answer = await asked;
        Assert.True(answer.Status == one || answer.Status == other, $"{answer.Status}: {answer.Text}");
        return (answer.Json.TryGetProperty("audio_ref", out var audio) ? audio : answer.Json.GetProperty("id")).GetString()!;
    }
}
