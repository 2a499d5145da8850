using System.Diagnostics.Metrics;
using System.Text.Json;
using AiPlatform.Api.Tests.Audio;
using AiPlatform.Api.Tests.OpenAi;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests.Access;

/// <summary>What becomes of requests that are open while their caller is revoked.</summary>
public sealed class OpenRequestTests(ClosedApiFixture fixture, Stores stores) : IClassFixture<ClosedApiFixture>
{
    const string Admin = ClosedApiFixture.Token;
    const string Callers = CallerRequests.Callers;
    const string NoLonger = "The token was revoked or has ended, or what it may see was changed, while this request was open. Ask again with one that is valid.";
    const string OfTenant = """ "roles":["submit","read"],"owner_services":["open"] """;

    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_worker_that_is_revoked_while_it_waits_is_handed_nothing_and_the_job_goes_to_another()
    {
        var leaked = await _api.MakeAsync(Admin, "open-worker", """ "roles":["work"],"owner_services":["*"] """);
        using var routed = new MeterRecorder("Microsoft.AspNetCore.Routing", _api.Get<IMeterFactory>());
        var waiting = _api.AsAsync(leaked, "POST", "/api/v1/jobs/claim", """{"worker_id":"leaked","task_types":["open-claim"],"wait":"60s"}""");
        await Eventually.That(() => Assert.Equal(1, routed.Sum("aspnetcore.routing.match_attempts", ("http.route", "/api/v1/jobs/claim"))), Ct);
        await RevokeAsync("open-worker");

        var id = await JobAsync("open-claim");
        IsShutOut(await waiting);
        var claimed = await _api.AsAsync(Admin, "POST", "/api/v1/jobs/claim", """{"worker_id":"another","task_types":["open-claim"],"wait":"30s"}""");
        var job = Assert.Single(claimed.Json.GetProperty("jobs").EnumerateArray());
        Assert.Equal((id, 1), (job.GetProperty("id").GetGuid(), job.GetProperty("attempt").GetInt32()));
    }

    [Fact]
    public async Task Who_waits_for_a_job_and_is_revoked_does_not_see_it()
    {
        var leaked = await _api.MakeAsync(Admin, "open-reader", OfTenant);
        var id = await JobAsync("open-wait");
        var waiting = _api.AsAsync(leaked, "GET", $"/api/v1/jobs/{id}?wait=60s");
        await Eventually.That(async () => Assert.True(await _api.Queue.IsAwaitedAsync(id)), Ct);
        await RevokeAsync("open-reader");
        await _api.Queue.CancelAsync(JobScope.All, id, Ct);
        IsShutOut(await waiting);
    }

    [Fact]
    public async Task Who_sees_something_else_since_is_refused_too()
    {
        var token = await _api.MakeAsync(Admin, "open-narrowed", OfTenant);
        var id = await JobAsync("open-narrowed");
        var waiting = _api.AsAsync(token, "GET", $"/api/v1/jobs/{id}?wait=60s");
        await Eventually.That(async () => Assert.True(await _api.Queue.IsAwaitedAsync(id)), Ct);
        await _api.AsAsync(Admin, "PUT", $"{Callers}/open-narrowed", """{"roles":["read"],"owner_services":["elsewhere"]}""");
        await _api.Queue.CancelAsync(JobScope.All, id, Ct);
        IsShutOut(await waiting);
        Assert.Equal(404, (await _api.AsAsync(token, "GET", $"/api/v1/jobs/{id}")).Status);
    }

    [Theory]
    [InlineData("/chat", """{"user":"Hello","model":"open-chat"}""")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"Hello"}],"model":"open-completion"}""")]
    public async Task Who_waits_for_an_answer_of_a_model_and_is_revoked_does_not_get_it(string path, string call)
    {
        var model = JsonElement.Parse(call).GetProperty("model").GetString()!;
        var leaked = await _api.MakeAsync(Admin, $"{model}-caller", OfTenant);
        var asked = _api.AsAsync(leaked, "POST", path, call);
        var job = await ModelWorker.TakeAsync(_api, model);
        await RevokeAsync($"{model}-caller");
        await ModelWorker.FinishAsync(_api, job, "the secret");
        var answer = await asked;
        Assert.Equal((401, "Bearer error=\"invalid_token\""), (answer.Status, answer.Headers.WwwAuthenticate.ToString()));
        Assert.DoesNotContain("the secret", answer.Text, StringComparison.Ordinal);
        Assert.Contains(NoLonger, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_breaks_off()
    {
        var leaked = await _api.MakeAsync(Admin, "open-download", OfTenant);
        // More than lies in buffers between the two ends.
        var file = (await _api.SendAsync(HttpMethod.Post, FileCalls.Files, FileCalls.Form(new byte[40_000_000]), ("Authorization", $"Bearer {leaked}"))).Json.Text("id");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{FileCalls.Files}/{file}/content") { Headers = { Authorization = new("Bearer", leaked) } };
        using var response = await _api.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
        await RevokeAsync("open-download");
        await Assert.ThrowsAnyAsync<Exception>(async () => await response.Content.CopyToAsync(Stream.Null, Ct));
    }

    [Fact]
    public async Task An_upload_leaves_nothing()
    {
        var leaked = await _api.MakeAsync(Admin, "open-upload", """ "roles":["submit"],"owner_services":["open-upload"] """);
        using var body = new HaltingContent(1_100_000, halt: 1_050_000, isAnnounced: true);
        var sending = _api.SendAsync(HttpMethod.Post, AudioCalls.Audio, body, ("Authorization", $"Bearer {leaked}"));
        await Eventually.That(async () => Assert.Equal(1L, await KeptAsync()), Ct);
        await RevokeAsync("open-upload");
        body.GoOn();
        IsShutOut(await sending);
        Assert.Equal(0L, await KeptAsync());

        Task<long> KeptAsync() => _api.ScalarAsync<long>("select count(*) from stored_file where owner_service = 'open-upload'");
    }

    [Fact]
    public async Task A_body_that_comes_too_late_does_nothing()
    {
        var leaked = await _api.MakeAsync(Admin, "open-body", """ "roles":["submit"],"owner_services":["open-body"] """);
        using var routed = new MeterRecorder("Microsoft.AspNetCore.Routing", _api.Get<IMeterFactory>());
        using var body = new HaltingContent("""{"owner_service":"open-body","task_type":"open-body","input":1}"""u8.ToArray(), halt: 20, "application/json");
        var sending = _api.SendAsync(HttpMethod.Post, "/api/v1/jobs", body, ("Authorization", $"Bearer {leaked}"));
        await Eventually.That(() => Assert.Equal(1, routed.Sum("aspnetcore.routing.match_attempts", ("http.route", "/api/v1/jobs/"))), Ct);
        await RevokeAsync("open-body");
        body.GoOn();
        IsShutOut(await sending);
        Assert.Empty((await _api.Queue.ListAsync(JobScope.All, new JobFilter { TaskType = "open-body" }, null, 1, Ct)).Jobs);
    }

    [Fact]
    public async Task An_administrator_who_shuts_itself_out_is_told_that_it_is_done()
    {
        var token = await _api.MakeAsync(Admin, "open-admin", """ "roles":["admin"],"owner_services":["*"] """);
        Assert.Equal(200, (await _api.AsAsync(token, "POST", $"{Callers}/open-admin/revoke")).Status);
        Assert.Equal(401, (await _api.AsAsync(token, "GET", Callers)).Status);
    }

    [Fact]
    public async Task What_was_opened_without_a_token_ends_with_the_first_caller()
    {
        await using var api = await RunningApi.StartAsync(stores, "EVENTS_HEARTBEAT=1s");
        var id = await api.CreateAsync("open-mode");
        await using var events = await ServerEvents.OpenAsync(api.Http, id);
        Assert.Equal("state", (await events.NextAsync())!.Value.Type);
        await api.MakeAsync("", "first", """ "roles":["admin"],"owner_services":["*"] """);
        Assert.Null(await events.NextAsync().WaitAsync(TimeSpan.FromSeconds(60), Ct));
    }

    async Task RevokeAsync(string name) => Assert.Equal(200, (await _api.AsAsync(Admin, "POST", $"{Callers}/{name}/revoke")).Status);

    async Task<Guid> JobAsync(string taskType)
    {
        var made = await _api.AsAsync(Admin, "POST", "/api/v1/jobs", $$"""{"owner_service":"open","task_type":"{{taskType}}","input":"the secret"}""");
        return made.Json.GetProperty("id").GetGuid();
    }

    static void IsShutOut(Answer answer)
    {
        answer.IsProblem(401, "unauthorized", NoLonger);
        Assert.Equal("Bearer error=\"invalid_token\"", answer.Headers.WwwAuthenticate.ToString());
        Assert.DoesNotContain("the secret", answer.Text, StringComparison.Ordinal);
    }
}
