using System.Text.Json;
using System.Text.RegularExpressions;
using AiPlatform.Api.Tests.OpenAi;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;

namespace AiPlatform.Api.Tests.Access;

/// <summary>A caller of owners meets what is its own, on every route; the rest is for it as if it were not there.</summary>
public sealed partial class IsolationTests(IsolatedApi isolated) : IClassFixture<IsolatedApi>
{
    readonly RunningApi _api = isolated.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => Callers.Names;

    [Fact]
    public void Every_route_is_in_the_table()
    {
        var routes = _api.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<IAllowAnonymous>() is null && route.Metadata.GetMetadata<HttpMethodMetadata>() is not null)
            .Select(route => $"{route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]} /{route.RoutePattern.RawText!.Trim('/')}")
            .Where(route => !route.Contains("/docs", StringComparison.Ordinal));
        Assert.Equal(IsolationRoutes.All.Order(StringComparer.Ordinal), routes.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Anothers_id_is_answered_as_one_that_is_absent(string caller)
    {
        foreach (var route in IsolationRoutes.OfObjects)
        {
            foreach (var other in Callers.OfOwners.Where(other => other.Name != caller))
            {
                var id = route.Of(isolated.Of(other.Name));
                var absent = Absent(id);
                var (toOther, toAbsent) = (await isolated.SendAsync(caller, route.Method, route.Path(id)), await isolated.SendAsync(caller, route.Method, route.Path(absent)));
                Assert.Equal((route.Route, 404), (route.Route, toOther.Status));
                Assert.Equal(Words(toAbsent, absent), Words(toOther, id));
            }
        }
    }

    [Theory]
    [InlineData("acme")]
    [InlineData("solo")]
    public async Task Ones_own_is_there_on_every_route(string caller)
    {
        var own = await isolated.MakeAsync(Callers.All.Single(known => known.Name == caller));
        foreach (var route in IsolationRoutes.OfObjects)
        {
            var answer = await isolated.SendAsync(caller, route.Method, route.Path(route.Of(own)));
            // A transcript is only of transcriptions, and a waiting job is not retried: who is told that has been shown the job.
            var isTold = answer.Status is 200 or 204 or 409 || answer.Text.Contains("is of the task type 'isolation'", StringComparison.Ordinal);
            Assert.True(isTold, $"{caller} {route.Route}: {answer.Status} {answer.Text}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Waiting_and_resuming_show_nothing_of_others(string caller)
    {
        foreach (var other in Callers.OfOwners.Where(other => other.Name != caller))
        {
            var (job, ended) = (isolated.Of(other.Name).Job, isolated.Of(other.Name).Ended);
            Assert.Equal(404, (await isolated.GetAsync(caller, $"/api/v1/jobs/{ended}?wait=1s")).Status);
            Assert.Equal(404, (await isolated.SendAsync(caller, HttpMethod.Get, $"/api/v1/jobs/{job}/events", null, ("Last-Event-ID", "1-1"))).Status);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Lists_and_counts_are_of_ones_own(string caller)
    {
        var owners = Callers.All.Single(known => known.Name == caller).OwnerServices!;
        foreach (var query in (string[])["", "?status=pending", "?status=cancelled", "?status=running", "?task_type=isolation"])
        {
            var jobs = (await isolated.GetAsync(caller, $"/api/v1/jobs{query}")).Json.GetProperty("jobs").EnumerateArray().ToList();
            Assert.True(jobs.Count > 0 || query.Contains("running", StringComparison.Ordinal), query);
            Assert.All(jobs, job => Assert.Contains(job.Text("owner_service"), owners));
        }
        foreach (var path in (string[])[FileCalls.Files, BatchCalls.Batches])
        {
            var ids = Ids(await isolated.GetAsync(caller, path));
            Assert.Contains(path == FileCalls.Files ? isolated.Of(caller).File : isolated.Of(caller).Batch, ids);
            Assert.All(Callers.OfOwners.Where(other => other.Name != caller).Select(other => isolated.Of(other.Name)), others =>
            {
                Assert.DoesNotContain(others.File, ids);
                Assert.DoesNotContain(others.Batch, ids);
            });
        }
        var stats = (await isolated.GetAsync(caller, "/api/v1/stats")).Json;
        Assert.All(stats.GetProperty("by_owner_service").EnumerateArray(), row => Assert.Contains(row.Text("name"), owners));
        var listed = (await isolated.GetAsync(caller, "/api/v1/jobs?status=pending&limit=500")).Json.GetProperty("jobs").GetArrayLength();
        Assert.True(listed > 0);
        var everybodys = (await isolated.GetAsync(IsolatedApi.Administrator, "/queue/status")).Json.GetProperty("queue_size").GetInt64();
        Assert.InRange((await isolated.GetAsync(caller, "/queue/status")).Json.GetProperty("queue_size").GetInt64(), 1, everybodys - 1);
        Assert.NotEqual(JsonValueKind.Null, stats.GetProperty("oldest_waiting_seconds").ValueKind);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Naming_anothers_owner_service_is_refused_and_makes_nothing(string caller)
    {
        var (owners, other) = (Callers.All.Single(known => known.Name == caller).OwnerServices!, Callers.OfOwners.First(other => other.Name != caller));
        var foreign = other.OwnerServices![0];
        var before = await OwnersRowsAsync(foreign);
        foreach (var route in IsolationRoutes.OfNewThings)
        {
            var answer = await CreateAsync(caller, foreign, route);
            Assert.True(answer.Status == 403, $"{route}: {answer.Status} {answer.Text}");
            Assert.Contains("\"forbidden\"", answer.Text, StringComparison.Ordinal);
            Assert.Contains($"'{foreign}'", answer.Text, StringComparison.Ordinal);
            Assert.Contains(owners[0], answer.Text, StringComparison.Ordinal);
        }
        foreach (var (path, header) in (((string, string)[])[($"/api/v1/jobs?owner_service={foreign}", ""), (FileCalls.Files, foreign), (BatchCalls.Batches, foreign)]))
            Assert.Equal((path, 403), (path, (await isolated.SendAsync(caller, HttpMethod.Get, path, null, header.Length == 0 ? [] : [("X-Owner-Service", header)])).Status));
        foreach (var change in (string[])["retry", "cancel"])
            Assert.Equal(403, (await isolated.PostAsync(caller, $"/api/v1/jobs/{change}", $$"""{"owner_service":"{{foreign}}"}""")).Status);
        Assert.Equal(before, await OwnersRowsAsync(foreign));
    }

    [Fact]
    public async Task Changes_by_filter_meet_ones_own_jobs_alone()
    {
        const string Task = "isolation-changes";
        var ids = new Dictionary<string, string>();
        foreach (var caller in Callers.OfOwners)
        {
            var job = IsolatedApi.Job(caller.OwnerServices![0]).Replace("\"isolation\"", $"\"{Task}\"", StringComparison.Ordinal);
            ids[caller.Name] = (await isolated.PostAsync(caller.Name, "/api/v1/jobs", job)).Json.GetProperty("id").GetString()!;
        }
        foreach (var caller in (string[])["acme", "solo"])
        {
            var answer = await isolated.PostAsync(caller, "/api/v1/jobs/cancel", $$"""{"task_type":"{{Task}}"}""");
            Assert.Equal(1, answer.Json.GetProperty("count").GetInt32());
            Assert.Equal(0, (await isolated.PostAsync(caller, "/api/v1/jobs/retry", $$"""{"task_type":"{{Task}}"}""")).Json.GetProperty("count").GetInt32());
        }
        foreach (var (caller, id) in ids)
            Assert.Equal((caller, caller is "acme" or "solo" ? "cancelled" : "pending"), (caller, (await isolated.GetAsync(caller, $"/api/v1/jobs/{id}")).Json.Text("status")));
    }

    [Theory]
    [InlineData("acme")]
    [InlineData("solo")]
    public async Task Anothers_audio_and_file_cannot_be_named(string caller)
    {
        var (owner, other) = (Callers.All.Single(known => known.Name == caller).OwnerServices![0], isolated.Of("globex"));
        var job = $$$"""{"owner_service":"{{{owner}}}","task_type":"transcription","input":{"audio_ref":"{{{other.Audio}}}"}}""";
        var answer = await isolated.PostAsync(caller, "/api/v1/jobs", job);
        answer.IsInvalid($$"""{"input.audio_ref":["'{{other.Audio}}' names no audio that is here; it may have expired. POST /api/v1/audio keeps audio and answers a reference."]}""");
        var batch = await isolated.PostAsync(caller, BatchCalls.Batches, BatchCalls.Create(other.File), ("X-Owner-Service", owner));
        batch.IsOpenAiError(422, "invalid_request_error", "invalid", "input_file_id", $"input_file_id '{other.File}' is not the id of a file that is here.");
    }

    [Fact]
    public async Task The_idempotency_keys_of_an_owner_are_its_own()
    {
        const string Key = ""","idempotency_key":"the same everywhere" """;
        HashSet<string> ids = [];
        foreach (var caller in Callers.OfOwners)
        {
            var answer = await isolated.PostAsync(caller.Name, "/api/v1/jobs", IsolatedApi.Job(caller.OwnerServices![0], Key));
            Assert.Equal((caller.Name, 201), (caller.Name, answer.Status));
            ids.Add(answer.Json.Text("id"));
            Assert.Equal(answer.Json.Text("id"), (await isolated.PostAsync(caller.Name, "/api/v1/jobs", IsolatedApi.Job(caller.OwnerServices![0], Key))).Json.Text("id"));
        }
        Assert.Equal(Callers.OfOwners.Count, ids.Count);
    }

    [Fact]
    public async Task Calls_of_different_callers_never_join()
    {
        const string Call = """{"model":"never-joined","messages":[{"role":"user","content":"Hello"}]}""";
        (string, string)[] again = [("x-stainless-lang", "js"), ("x-stainless-retry-count", "1"), ("X-Owner-Service", "duo-web")];
        var calls = ((string[])["duo", "duos-twin"]).Select(caller => isolated.PostAsync(caller, "/v1/chat/completions", Call, again)).ToList();
        List<JobView> jobs = [];
        await Eventually.That(async () =>
        {
            jobs = [.. (await _api.Queue.ListAsync(JobScope.All, new JobFilter { ModelProfile = "never-joined" }, null, 10, Ct)).Jobs];
            Assert.Equal(2, jobs.Count);
        }, Ct);
        foreach (var job in jobs)
            await _api.Queue.CancelAsync(JobScope.All, job.Id, Ct);
        Assert.All(await Task.WhenAll(calls), answer => Assert.Equal(409, answer.Status));
    }

    [Fact]
    public async Task A_worker_meets_jobs_of_its_task_types_alone()
    {
        var claim = await isolated.PostAsync("worker", "/api/v1/jobs/claim", """{"worker_id":"w","task_types":["isolation-own","isolation"]}""");
        Assert.Equal(403, claim.Status);
        Assert.Contains("'isolation' is not allowed for the caller 'worker'; allowed: isolation-own", claim.Json.GetProperty("errors").GetProperty("task_types")[0].GetString(), StringComparison.Ordinal);
        var other = await CreateAsync("isolation-other");
        var taken = await ClaimAsync(IsolatedApi.Administrator, "isolation-other");
        var id = taken.Text("id");
        Assert.Equal(other, id);
        foreach (var (call, body) in Reports(taken.GetProperty("lease_token").GetGuid()))
        {
            var answer = await isolated.PostAsync("worker", $"/api/v1/jobs/{id}/{call}", body);
            answer.IsProblem(404, "not_found", $"There is no job {id}.");
        }
        var own = await CreateAsync("isolation-own");
        var job = await ClaimAsync("worker", "isolation-own");
        Assert.Equal(own, job.Text("id"));
        foreach (var (call, body) in Reports(job.GetProperty("lease_token").GetGuid()).Take(2))
            Assert.Equal((call, 200), (call, (await isolated.PostAsync("worker", $"/api/v1/jobs/{own}/{call}", body)).Status));
    }

    /// <summary>A job of the task type.</summary>
    async Task<string> CreateAsync(string taskType) => (await isolated.PostAsync(
        IsolatedApi.Administrator, "/api/v1/jobs", $$"""{"owner_service":"tests","task_type":"{{taskType}}","input":1}""")).Json.Text("id");

    async Task<JsonElement> ClaimAsync(string caller, string taskType)
    {
        var answer = await isolated.PostAsync(caller, "/api/v1/jobs/claim", $$"""{"worker_id":"w","task_types":["{{taskType}}"],"wait":"20s"}""");
        Assert.True(answer.Status == 200, answer.Text);
        return Assert.Single(answer.Json.GetProperty("jobs").EnumerateArray());
    }

    static (string Call, string Body)[] Reports(Guid token) =>
    [
        ("heartbeat", $$"""{"lease_token":"{{token}}"}"""),
        ("complete", $$"""{"lease_token":"{{token}}","result":1}"""),
        ("fail", $$"""{"lease_token":"{{token}}","category":"internal","message":"x"}"""),
    ];

    async Task<Answer> CreateAsync(string caller, string owner, string route)
    {
        var (path, header) = (route.Split(' ')[1], ("X-Owner-Service", owner));
        const string Words = "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]";
        switch (path)
        {
            case "/api/v1/jobs":
                return await isolated.PostAsync(caller, path, IsolatedApi.Job(owner));
            case "/api/v1/jobs/batch":
                return await isolated.PostAsync(caller, path, $$"""{"jobs":[{{IsolatedApi.Job(owner)}}]}""");
            case "/chat" or "/complete" or "/chat/stream" or "/queue/jobs":
                return await isolated.PostAsync(caller, path, $$"""{"model":"isolation","owner_service":"{{owner}}",{{Words}}}""");
            case "/v1/chat/completions":
                return await isolated.PostAsync(caller, path, $$"""{"model":"isolation",{{Words}}}""", header);
            case "/v1/embeddings":
                return await isolated.PostAsync(caller, path, """{"model":"isolation","input":"Hello"}""", header);
            case "/v1/batches":
                return await isolated.PostAsync(caller, path, BatchCalls.Create(isolated.Of(caller).File), header);
            case "/v1/files":
                using (var form = FileCalls.Form([1]))
                    return await isolated.SendAsync(caller, HttpMethod.Post, path, form, header);
            case "/v1/audio/transcriptions":
                using (var form = FileCalls.Form([1, 2], purpose: null, name: "a.wav", ("model", "isolation")))
                    return await isolated.SendAsync(caller, HttpMethod.Post, path, form, header);
            default:
                using (var audio = IsolatedApi.Audio())
                    return await isolated.SendAsync(caller, HttpMethod.Post, path, audio, header);
        }
    }

    /// <summary>Jobs, files and batches of an owner, as those with all rights see them.</summary>
    async Task<(int Files, int Batches)> OwnersRowsAsync(string owner)
    {
        var (files, batches) = (_api.Get<FileStore>(), _api.Get<BatchStore>());
        return ((await files.ListAsync(JobScope.All, null, true, 1000, owner, null, Ct)).Count + (await files.ListAsync(JobScope.All, null, true, 1000, owner, StoredFile.Audio, Ct)).Count,
            (await batches.ListAsync(JobScope.All, null, 1000, owner, Ct)).Count);
    }

    static List<string> Ids(Answer list) => [.. list.Json.GetProperty("data").EnumerateArray().Select(item => item.Text("id"))];

    /// <summary>An id of the same form that nobody has.</summary>
    static string Absent(string id) => id[..^12] + "000000000000";

    /// <summary>An answer without what differs between two requests.</summary>
    static string Words(Answer answer, string id) => Trace().Replace(answer.Text.Replace(id, "ID", StringComparison.Ordinal), "");

    [GeneratedRegex("\"trace_id\":\"[^\"]*\"")]
    private static partial Regex Trace();
}
