using System.Text;
using System.Text.Json;
using AiPlatform.Api.Tests.OpenAi;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests.Access;

/// <summary>An API with a caller of each kind, and things of one of its owner services for the requests of the access table.</summary>
public sealed class AccessFixture(Stores stores) : IAsyncLifetime
{
    public const string Owner = "matrix-own";
    public const string Admin = "the-administrator's-word";

    readonly Dictionary<string, string> _tokens = new() { ["admin"] = Admin, ["none"] = "" };
    RunningApi? _api;

    public RunningApi Api => _api ?? throw new InvalidOperationException("The fixture was not initialized.");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _api = await RunningApi.StartAsync(stores, $"AI_SERVICE_TOKEN={Admin}");
        foreach (var role in (string[])["submit", "read"])
        {
            await MakeAsync($"{role}-owner", role, Owner);
            await MakeAsync($"{role}-platform", role, "*");
        }
        await MakeAsync("work-platform", "work", "*");
        await MakeAsync("other", "submit\",\"read", "matrix-other");
        await MakeAsync("owner", "submit\",\"read", Owner);
    }

    public async ValueTask DisposeAsync()
    {
        if (_api is not null)
            await _api.DisposeAsync();
    }

    /// <param name="id">Of the object that the path names: one word for all its places, or two for the first and the second.</param>
    /// <param name="content">Made anew for each request.</param>
    public Task<Answer> SendAsync(string caller, AccessRow row, string id, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        var (first, second) = id.Split(' ') is [var one, var other] ? (one, other) : (id, id);
        var path = row.Path.Replace("{documentName}", "v1", StringComparison.Ordinal);
        foreach (var (place, value) in new[] { ("{name}", first), ("{tenant}", first), ("{id}", second), ("{owner}", second) })
        {
            path = path.Replace(place, value, StringComparison.Ordinal);
        }
        return Api.SendAsync(
            new HttpMethod(row.Method), path, content, _tokens[caller] is { Length: > 0 } word ? [("Authorization", $"Bearer {word}"), .. headers] : headers);
    }

    /// <summary>What the route's path names, newly made, of <see cref="Owner"/>; empty where it names nothing.</summary>
    public async Task<string> ThingAsync(AccessRow row) => row.Path switch
    {
        "/api/v1/jobs/{id}/events" => await EndedAsync(),
        "/api/v1/jobs/{id}/transcript" => await JobAsync("transcription"),
        _ when row.Path.Contains("/jobs/{id}", StringComparison.Ordinal) => await JobAsync("matrix"),
        _ when row.Path.StartsWith("/api/v1/audio/{id}", StringComparison.Ordinal) => await AudioAsync(),
        _ when row.Path.StartsWith("/v1/files/{id}", StringComparison.Ordinal) => await FileAsync(),
        _ when row.Path.StartsWith("/v1/batches/{id}", StringComparison.Ordinal) => await BatchAsync(),
        _ when row.Path.Contains("{name}", StringComparison.Ordinal) => await CallerAsync(),
        _ when row.Path.Contains("{tenant}", StringComparison.Ordinal) => await OwnerOfTenantAsync(),
        _ when row.Path.Contains("{owner}", StringComparison.Ordinal) => await ShareAsync(),
        _ => "",
    };

    /// <summary>An id of the same form of nothing.</summary>
    public static string AbsentOf(AccessRow row) => row.Path switch
    {
        _ when row.Path.StartsWith("/v1/files", StringComparison.Ordinal) => $"file-{Guid.CreateVersion7():N}",
        _ when row.Path.StartsWith("/v1/batches", StringComparison.Ordinal) => $"batch_{Guid.CreateVersion7():N}",
        _ when row.Path.Contains("{name}", StringComparison.Ordinal) => $"absent {Guid.CreateVersion7()}",
        _ => Guid.CreateVersion7().ToString(),
    };

    public async Task<string> JobAsync(string taskType)
    {
        var job = new NewJob { OwnerService = Owner, TaskType = taskType, ModelProfile = "default", Input = JsonElement.Parse("{}") };
        await Api.Queue.SubmitAsync([job], Ct);
        return job.Id.ToString();
    }

    public async Task<string> RunningAsync()
    {
        await JobAsync("matrix-running");
        var claimed = await Api.Queue.ClaimAsync(new ClaimRequest("w", ["matrix-running"], ["default"], 1, TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(60)), Ct);
        return Assert.Single(claimed).Id.ToString();
    }

    public async Task<string> FileAsync() => Id(await SendAsync("owner", AccessRow.Of("POST /v1/files"), "", FileCalls.Form("{}"u8.ToArray())));

    public async Task<string> BatchAsync()
    {
        var input = await FileAsync();
        return Id(await SendAsync(
            "owner", AccessRow.Of("POST /v1/batches"), "", Json($$"""{"input_file_id":"{{input}}","endpoint":"/v1/chat/completions","completion_window":"24h"}""")));
    }

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    async Task<string> EndedAsync()
    {
        var job = await JobAsync("matrix");
        await Api.Queue.CancelAsync(JobScope.All, Guid.Parse(job), Ct);
        return job;
    }

    async Task<string> AudioAsync()
    {
        var audio = new ByteArrayContent([1, 2, 3]) { Headers = { ContentType = new("audio/wav") } };
        var answer = await SendAsync("owner", AccessRow.Of("POST /api/v1/audio"), "", audio);
        Assert.True(answer.Status == 201, answer.Text);
        return answer.Json.GetProperty("audio_ref").GetString()!;
    }

    /// <returns>Its name, and the id of its token.</returns>
    async Task<string> CallerAsync()
    {
        var name = $"c{Guid.NewGuid():N}";
        await Api.MakeAsync(Admin, name, """ "roles":["read"],"owner_services":["nobody"] """);
        var caller = await Api.AsAsync(Admin, "GET", $"{CallerRequests.Callers}/{name}");
        return $"{name} {caller.Json.GetProperty("tokens")[0].GetProperty("id").GetString()}";
    }

    /// <returns>A tenant, and its owner service, which nobody names any more.</returns>
    async Task<string> OwnerOfTenantAsync()
    {
        var name = $"t{Guid.NewGuid():N}";
        await Api.MakeAsync(Admin, name, $$""" "roles":["read"],"owner_services":["{{name}}-owner"],"tenant":"{{name}}" """);
        await Api.AsAsync(Admin, "POST", $"{CallerRequests.Callers}/{name}/revoke");
        return $"{name} {name}-owner";
    }

    /// <returns>An owner service that has a share.</returns>
    async Task<string> ShareAsync()
    {
        var owner = $"s{Guid.NewGuid():N}";
        await Api.Queue.SetShareAsync(new OwnerShare(owner, Weight: 2, MostRunning: null), Admin, Ct);
        return owner;
    }

    async Task MakeAsync(string name, string roles, string owner) =>
        _tokens[name] = await Api.MakeAsync(Admin, name, $$""" "roles":["{{roles}}"],"owner_services":["{{owner}}"] """);

    static string Id(Answer answer)
    {
        Assert.True(answer.Status == 200, answer.Text);
        return answer.Json.GetProperty("id").GetString()!;
    }
}
