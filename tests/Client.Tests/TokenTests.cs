using System.Text.Json;
using AiPlatform.Contracts;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>How the caller's token is sent and changed, and that it is told nowhere.</summary>
public sealed class TokenTests(UnservedApi api) : IClassFixture<UnservedApi>
{
    [Fact]
    public async Task A_token_that_was_rotated_is_read_anew_and_the_call_goes_on()
    {
        var (old, next) = await RotatedAsync();
        List<string> asked = [];
        using var client = With(() =>
        {
            asked.Add(asked.Count == 0 ? old : next);
            return asked[^1];
        });
        var job = await client.SubmitAsync(Job("rotated"), Ct);
        Assert.Equal([old, next], asked);
        Assert.Equal(job.Id, (await client.GetAsync(job.Id, Ct)).Id);
        Assert.Equal(3, asked.Count);
    }

    [Fact]
    public async Task A_token_that_stays_wrong_is_refused_after_it_was_asked_for_twice()
    {
        var (old, _) = await RotatedAsync();
        var asked = 0;
        using var client = With(() =>
        {
            asked++;
            return old;
        });
        await FailsAsync(() => client.StatsAsync(Ct), ErrorCodes.Unauthorized, 401);
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task What_the_provider_of_tokens_throws_reaches_the_caller_as_it_is()
    {
        foreach (var thrown in (Exception[])
            [
                new HttpRequestException("The vault is away."), new OperationCanceledException(), new TimeoutException(),
                new TaskCanceledException("The vault is slow.", new TimeoutException()),
            ])
        {
            using var client = With(() => throw thrown);
            Assert.Same(thrown, await Assert.ThrowsAnyAsync<Exception>(() => client.StatsAsync(Ct)));
        }
    }

    [Fact]
    public async Task Without_a_token_nobody_is_let_in_and_with_the_wrong_role_nothing_is_done()
    {
        using var stranger = new AiPlatformClient(Options(api.Address, options => options.Token = null));
        await FailsAsync(() => stranger.SubmitAsync(Job("mine"), Ct), ErrorCodes.Unauthorized, 401);

        var token = await MakeAsync($"reader-{Guid.NewGuid():N}", "read", "mine");
        using var reader = new AiPlatformClient(Options(api.Address, options => options.Token = token));
        await FailsAsync(() => reader.SubmitAsync(Job("mine"), Ct), ErrorCodes.Forbidden, 403);
        var refused = await FailsAsync(() => reader.ListPageAsync(new JobFilter { OwnerService = "theirs" }, cancellationToken: Ct), ErrorCodes.Forbidden, 403);
        Assert.Equal(["owner_service"], refused.Errors.Keys);
    }

    [Fact]
    public async Task No_failure_tells_a_token()
    {
        const string Secret = "aip_planted-secret-0123456789abcdefghijklmnopqr";
        List<Exception> failures = [];
        foreach (var address in (Uri[])[api.Address, new Uri("http://127.0.0.1:1"), new Uri("https://127.0.0.1:" + api.Address.Port)])
        {
            var options = Options(address, options => (options.Token, options.RetryFor, options.Timeout) = (Secret, TimeSpan.Zero, TimeSpan.FromSeconds(20)));
            using var client = new AiPlatformClient(options);
            using var worker = new WorkerClient(options);
            Func<Task>[] calls =
            [
                () => client.SubmitAsync(Job("a"), Ct),
                () => client.ChatAsync(new ChatCall { User = "Hi" }, cancellationToken: Ct),
                async () => await client.ChatStreamAsync(new ChatCall { User = "Hi" }, cancellationToken: Ct).ToListAsync(Ct),
                async () => await client.EventsAsync(Guid.NewGuid(), cancellationToken: Ct).ToListAsync(Ct),
                () => client.UploadAudioAsync(new MemoryStream([1]), cancellationToken: Ct),
                () => worker.ClaimAsync(Claim("a"), Ct),
            ];
            foreach (var call in calls)
                failures.Add(await Assert.ThrowsAsync<AiPlatformException>(call));
            Assert.DoesNotContain("planted", $"{client} {worker} {options} {JsonSerializer.Serialize(client)}", StringComparison.Ordinal);
        }
        foreach (var unsendable in (string[])["planted\nsecret", "planted-ж", "planted secret"])
        {
            failures.Add(Assert.Throws<ArgumentException>(() => new AiPlatformClient(Options(api.Address, options => options.Token = unsendable))));
            using var client = With(() => unsendable);
            failures.Add(await Assert.ThrowsAsync<InvalidOperationException>(() => client.StatsAsync(Ct)));
        }
        failures.Add(Assert.Throws<ArgumentException>(() => new AiPlatformClient(Options(new Uri("http://user:planted-secret@127.0.0.1")))));
        Assert.All(failures, failure => Assert.DoesNotContain("planted", failure.ToString(), StringComparison.Ordinal));
    }

    AiPlatformClient With(Func<string> token) =>
        new(Options(api.Address, options => (options.Token, options.TokenProvider) = (null, _ => new(token()))));

    /// <summary>A caller with two tokens, of which the first has ended.</summary>
    async Task<(string Old, string Next)> RotatedAsync()
    {
        var name = $"rotated-{Guid.NewGuid():N}";
        var old = await MakeAsync(name, "submit\",\"read", "tests");
        using var issued = await PostAsync($"api/v1/admin/callers/{name}/tokens", "{}");
        var next = JsonElement.Parse(await issued.Content.ReadAsStringAsync(Ct)).GetProperty("token").GetString()!;
        using var admin = Admin(HttpMethod.Get, $"api/v1/admin/callers/{name}");
        using var told = await api.Process.Http.SendAsync(admin, Ct);
        var first = JsonElement.Parse(await told.Content.ReadAsStringAsync(Ct)).GetProperty("tokens").EnumerateArray()
            .MinBy(token => token.GetProperty("created_at").GetDateTimeOffset()).GetProperty("id").GetString();
        using var revoke = Admin(HttpMethod.Delete, $"api/v1/admin/callers/{name}/tokens/{first}");
        using var revoked = await api.Process.Http.SendAsync(revoke, Ct);
        Assert.True(revoked.IsSuccessStatusCode, await revoked.Content.ReadAsStringAsync(Ct));
        return (old, next);
    }

    async Task<string> MakeAsync(string name, string roles, string owner)
    {
        using var made = await PostAsync("api/v1/admin/callers", $$"""{"name":"{{name}}","roles":["{{roles}}"],"owner_services":["{{owner}}"]}""");
        return JsonElement.Parse(await made.Content.ReadAsStringAsync(Ct)).GetProperty("token").GetString()!;
    }

    async Task<HttpResponseMessage> PostAsync(string path, string json)
    {
        using var request = Admin(HttpMethod.Post, path);
        request.Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        return await api.Process.Http.SendAsync(request, Ct);
    }

    static HttpRequestMessage Admin(HttpMethod method, string path) =>
        new(method, new Uri(path, UriKind.Relative)) { Headers = { Authorization = new("Bearer", Token) } };
}
