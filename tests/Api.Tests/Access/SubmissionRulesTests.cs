using System.Text;
using AiPlatform.Api.Tests.OpenAi;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests.Access;

/// <summary>What callers may submit: for whom, of which type, how urgent and how much.</summary>
public sealed class SubmissionRulesTests(ClosedApiFixture fixture) : IClassFixture<ClosedApiFixture>
{
    const string Admin = ClosedApiFixture.Token;
    const string Jobs = "/api/v1/jobs";

    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_call_does_not_say_is_the_callers_own()
    {
        var token = await _api.MakeAsync(
            Admin, "defaults", """ "roles":["submit"],"owner_services":["def-1","def-2"],"tenant":"def-t","default_priority":"low" """);
        var one = (await _api.AsAsync(token, "POST", Jobs, """{"task_type":"t","input":1}""")).Json;
        Assert.Equal(("def-1", "def-t", "low"), (Text(one, "owner_service"), Text(one, "tenant_id"), Text(one, "priority")));
        var other = (await _api.AsAsync(token, "POST", Jobs, """{"owner_service":"def-2","priority":"high","tenant_id":"def-t","task_type":"t","input":1}""")).Json;
        Assert.Equal(("def-2", "def-t", "high"), (Text(other, "owner_service"), Text(other, "tenant_id"), Text(other, "priority")));

        var many = (await _api.AsAsync(token, "POST", $"{Jobs}/batch", """{"jobs":[{"task_type":"t","input":1}]}""")).Json.GetProperty("ids")[0].GetGuid();
        Assert.Equal(("def-1", "def-t"), await OwnerAsync(many));
        var chat = (await _api.AsAsync(token, "POST", "/queue/jobs", """{"user":"hello"}""")).Json.GetProperty("id").GetGuid();
        Assert.Equal(("def-1", "def-t"), await OwnerAsync(chat));
    }

    [Fact]
    public async Task A_caller_of_the_platform_names_the_owner()
    {
        var token = await _api.MakeAsync(Admin, "platform", """ "roles":["submit"],"owner_services":["*"] """);
        (await _api.AsAsync(token, "POST", Jobs, """{"task_type":"t","input":1}""")).IsInvalid("""{"owner_service":["is required."]}""");
        (await _api.AsAsync(token, "POST", $"{Jobs}/batch", """{"jobs":[{"task_type":"t","input":1}]}""")).IsInvalid("""{"jobs[0].owner_service":["is required."]}""");
    }

    [Fact]
    public async Task What_is_not_its_own_is_refused_by_field_and_nothing_is_made()
    {
        var token = await _api.MakeAsync(
            Admin, "narrow", """ "roles":["submit"],"owner_services":["own"],"task_types":["own_type"],"tenant":"own-t","highest_priority":"normal" """);
        (await _api.AsAsync(token, "POST", Jobs, """{"owner_service":"other","tenant_id":"other-t","task_type":"other_type","priority":"high","input":1}""")).IsForbidden("""
            {
              "owner_service":["'other' is not allowed for the caller 'narrow'; allowed: own."],
              "task_type":["'other_type' is not allowed for the caller 'narrow'; allowed: own_type."],
              "priority":["'high' is not allowed for the caller 'narrow'; allowed: normal, low."],
              "tenant_id":["'other-t' is not allowed for the caller 'narrow'; allowed: own-t."]
            }
            """);
        (await _api.AsAsync(token, "POST", $"{Jobs}/batch", """{"jobs":[{"task_type":"own_type","input":1},{"task_type":"other_type","input":1}]}"""))
            .IsForbidden("""{"jobs[1].task_type":["'other_type' is not allowed for the caller 'narrow'; allowed: own_type."]}""");
        (await _api.AsAsync(token, "POST", "/queue/jobs", """{"user":"hello"}"""))
            .IsForbidden("""{"task_type":["'llm_chat' is not allowed for the caller 'narrow'; allowed: own_type."]}""");
        const string Detail = "task_type 'llm_chat' is not allowed for the caller 'narrow'; allowed: own_type.";
        (await _api.AsAsync(token, "POST", "/v1/chat/completions", """{"model":"default","messages":[{"role":"user","content":"x"}]}"""))
            .IsOpenAiError(403, "permission_error", "forbidden", "task_type", Detail);
        const string Batch = """{"input_file_id":"file-0199e0c2000070008000000000000000","endpoint":"/v1/chat/completions","completion_window":"24h"}""";
        (await _api.AsAsync(token, "POST", "/v1/batches", Batch, ("X-Owner-Service", "other")))
            .IsOpenAiError(403, "permission_error", "forbidden", "X-Owner-Service", "X-Owner-Service 'other' is not allowed for the caller 'narrow'; allowed: own.");
        (await _api.AsAsync(token, "POST", "/v1/batches", Batch))
            .IsOpenAiError(403, "permission_error", "forbidden", "endpoint", "endpoint 'llm_chat' is not allowed for the caller 'narrow'; allowed: own_type.");
        Assert.Equal(0, await CountAsync("own"));
    }

    [Fact]
    public async Task Jobs_beyond_the_limit_are_refused_whole()
    {
        var token = await _api.MakeAsync(Admin, "limited", """ "roles":["submit"],"owner_services":["lim-1","lim-2"],"most_waiting":3 """);
        static string Batch(int jobs, string owner = "lim-1") =>
            $$"""{"defaults":{"owner_service":"{{owner}}","task_type":"waits","input":1},"jobs":[{{string.Join(',', Enumerable.Repeat("{}", jobs))}}]}""";
        var full = await _api.AsAsync(token, "POST", $"{Jobs}/batch", Batch(4));
        full.IsProblem(
            429, "over_limit",
            "The owner service 'lim-1' has 0 jobs that wait, and with 4 more it would have more than the 3 that the caller 'limited' may have (most_waiting). Nothing was done.");
        Assert.Equal(5, full.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        Assert.Equal(201, (await _api.AsAsync(token, "POST", $"{Jobs}/batch", Batch(2))).Status);
        Assert.Equal(429, (await _api.AsAsync(token, "POST", $"{Jobs}/batch", Batch(2))).Status);
        Assert.Equal(201, (await _api.AsAsync(token, "POST", $"{Jobs}/batch", Batch(3, "lim-2"))).Status);
        Assert.Equal(201, (await _api.AsAsync(token, "POST", Jobs, """{"task_type":"waits","input":1}""")).Status);
        Assert.Equal(429, (await _api.AsAsync(token, "POST", Jobs, """{"task_type":"waits","input":1}""")).Status);
        Assert.Equal(429, (await _api.AsAsync(token, "POST", "/queue/jobs", """{"user":"hello"}""")).Status);
        Assert.Equal(3, await CountAsync("lim-1"));

        // The next reading of the store makes room.
        Assert.Equal(3, await _api.Queue.CancelAsync(JobScope.All, new JobFilter { OwnerService = "lim-2" }, Ct));
        await Eventually.That(async () => Assert.Equal(201, (await _api.AsAsync(token, "POST", $"{Jobs}/batch", Batch(3, "lim-2"))).Status), Ct);
    }

    [Fact]
    public async Task What_is_retried_needs_room_and_what_is_there_by_its_key_does_not()
    {
        var token = await _api.MakeAsync(Admin, "retrying", """ "roles":["submit"],"owner_services":["again"],"task_types":["retried"],"most_waiting":1 """);
        static string Job(string key) => $$"""{"task_type":"retried","idempotency_key":"{{key}}","input":1}""";
        async Task ClaimAsync() =>
            Assert.Single(await _api.Queue.ClaimAsync(new ClaimRequest("w", ["retried"], ["default"], 1, TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(60)), Ct));
        var first = (await _api.AsAsync(token, "POST", Jobs, Job("one"))).Json.GetProperty("id").GetGuid();
        Assert.Equal(429, (await _api.AsAsync(token, "POST", Jobs, Job("two"))).Status);
        Assert.Equal(first, (await _api.AsAsync(token, "POST", Jobs, Job("one"))).Json.GetProperty("id").GetGuid());

        await ClaimAsync();
        await Eventually.That(async () => Assert.Equal(201, (await _api.AsAsync(token, "POST", Jobs, Job("two"))).Status), Ct);
        const string Running = """{"status":"running","task_type":"retried"}""";
        (await _api.AsAsync(token, "POST", $"{Jobs}/retry", Running)).IsProblem(
            429, "over_limit", "The owner service 'again' has the 1 jobs that wait that the caller 'retrying' may have (most_waiting). Nothing was done.");
        Assert.Equal(429, (await _api.AsAsync(token, "POST", $"{Jobs}/{first}/retry")).Status);
        (await _api.AsAsync(token, "POST", $"{Jobs}/retry", """{"status":"running"}""")).IsForbidden();

        // Both run, and there is room for one.
        await ClaimAsync();
        await Eventually.That(async () => Assert.Equal("""{"count":1}""", (await _api.AsAsync(token, "POST", $"{Jobs}/retry", Running)).Text), Ct);
        Assert.Equal(429, (await _api.AsAsync(token, "POST", $"{Jobs}/retry", Running)).Status);
    }

    [Fact]
    public async Task A_caller_of_the_platform_retries_owner_by_owner_as_far_as_there_is_room()
    {
        var token = await _api.MakeAsync(Admin, "retrier", """ "roles":["submit"],"owner_services":["*"],"most_waiting":2 """);
        foreach (var owner in (string[])["left", "right", "left", "right", "left", "right"])
        {
            var job = new NewJob { OwnerService = owner, TaskType = "platform-retry", ModelProfile = "default", MaxAttempts = 1, Input = System.Text.Json.JsonElement.Parse("1") };
            await _api.Queue.SubmitAsync([job], Ct);
            var claimed = Assert.Single(await _api.Queue.ClaimAsync(new ClaimRequest("w", ["platform-retry"], ["default"], 1, TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(60)), Ct));
            await _api.Queue.FailAsync(JobFence.Of(claimed), new JobError("broken", "It broke."), new FailOptions(Retry: false, null), Ct);
        }
        const string Failed = """{"task_type":"platform-retry"}""";
        // A second old, at most, is what it knows of those that wait.
        await Eventually.That(async () => Assert.Equal((0L, 0L), (await CountAsync("left"), await CountAsync("right"))), Ct);
        Assert.Equal("""{"count":4}""", (await _api.AsAsync(token, "POST", $"{Jobs}/retry", Failed)).Text);
        Assert.Equal((2L, 2L), (await CountAsync("left"), await CountAsync("right")));
        var full = await _api.AsAsync(token, "POST", $"{Jobs}/retry", Failed);
        Assert.Equal((429, "over_limit"), (full.Status, full.Json.Text("code")));
    }

    [Fact]
    public async Task Lines_of_a_batch_wait_for_room()
    {
        var token = await _api.MakeAsync(Admin, "batching", """ "roles":["submit","read"],"owner_services":["bat"],"tenant":"bat-t","most_waiting":2 """);
        var lines = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 5).Select(line => BatchCalls.Line($"{line}", "room"))));
        var file = (await _api.SendAsync(HttpMethod.Post, FileCalls.Files, FileCalls.Form(lines), ("Authorization", $"Bearer {token}"))).Json.Text("id");
        var batch = (await _api.AsAsync(token, "POST", BatchCalls.Batches, BatchCalls.Create(file))).Json.Text("id");
        for (var done = 0; done < 5;)
        {
            var claimed = await _api.Queue.ClaimAsync(new ClaimRequest("w", ["llm_chat"], ["room"], 5, TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(60)), Ct);
            Assert.InRange(claimed.Count, 1, 2);
            foreach (var job in claimed)
            {
                Assert.Equal(("bat", "bat-t"), (job.OwnerService, job.TenantId));
                await ModelWorker.FinishAsync(_api, job, "Hi");
                done++;
            }
        }
        await Eventually.That(async () => Assert.Equal("completed", (await _api.AsAsync(token, "GET", $"{BatchCalls.Batches}/{batch}")).Json.Text("status")), Ct);
    }

    [Fact]
    public async Task Requests_are_counted_over_all_processes_by_the_rate()
    {
        var token = await _api.MakeAsync(Admin, "slow", """ "roles":["read"],"owner_services":["slow"],"request_rate":0.3 """);
        // Far more than come through in the time that they may take at most.
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => _api.AsAsync(token, "GET", "/api/v1/stats")));
        Assert.InRange(answers.Count(answer => answer.Status == 200), 3, 59);
        var refused = answers.First(answer => answer.Status != 200);
        refused.IsProblem(429, "over_limit", "The caller 'slow' may make 0.3 requests a second (request_rate). Nothing was done.");
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 4);
    }

    async Task<(string?, string?)> OwnerAsync(Guid job) => await _api.Queue.GetAsync(JobScope.All, job, Ct) is { } view ? (view.OwnerService, view.TenantId) : default;

    async Task<long> CountAsync(string owner) =>
        (await _api.Queue.StatsAsync(JobScope.All, Ct)).ByOwnerService.Where(row => row.Name == owner).Sum(row => row.Pending);

    static string? Text(System.Text.Json.JsonElement json, string field) => json.GetProperty(field).GetString();
}
