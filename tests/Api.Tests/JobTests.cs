using System.Text.Json;
using System.Text.Json.Nodes;

namespace AiPlatform.Api.Tests;

public sealed class JobTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    [Fact]
    public async Task A_created_job_is_answered_with_201_and_its_address()
    {
        var answer = await _api.PostAsync("/api/v1/jobs", """
            {"tenant_id":"t1","owner_service":"telephony","owner_ref":"call/1","task_type":"create","model_profile":"qwen","priority":"high",
             "max_attempts":5,"input":{"text":"Привет","big":12345678901234567890,"nul":"\u0000"},"deadline":"2100-01-01T02:00:00.1234567+02:00",
             "callback_url":"https://receiver.invalid/done","result_ttl":"1h30m"}
            """);
        Assert.Equal(201, answer.Status);
        var job = answer.Json;
        var id = job.GetProperty("id").GetGuid();
        Assert.Equal($"/api/v1/jobs/{id}", answer.Headers.Location!.ToString());
        Assert.Equal(
            ("t1", "telephony", "call/1", "create", "qwen", "high", 5, "pending", 0, "2100-01-01T00:00:00.123456+00:00"),
            (job.GetProperty("tenant_id").GetString(), job.GetProperty("owner_service").GetString(), job.GetProperty("owner_ref").GetString(),
                job.GetProperty("task_type").GetString(), job.GetProperty("model_profile").GetString(), job.GetProperty("priority").GetString(),
                job.GetProperty("max_attempts").GetInt32(), job.GetProperty("status").GetString(), job.GetProperty("attempt").GetInt32(),
                job.GetProperty("deadline").GetString()));
        Assert.Contains("""{"text":"Привет","big":12345678901234567890,"nul":"\u0000"}""", answer.Text, StringComparison.Ordinal);
        // The place in the line is of the moment of a read.
        Assert.Equal(WithoutPosition((await _api.GetAsync($"/api/v1/jobs/{id}")).Json), WithoutPosition(job));
    }

    static string WithoutPosition(JsonElement job)
    {
        var fields = JsonObject.Create(job)!;
        fields.Remove("position");
        return fields.ToJsonString();
    }

    [Fact]
    public async Task Profile_priority_and_attempts_have_defaults()
    {
        var job = (await _api.PostAsync("/api/v1/jobs", """{"owner_service":"tests","task_type":"defaults","input":[]}""")).Json;
        Assert.Equal(
            ("default", "normal", 3),
            (job.GetProperty("model_profile").GetString(), job.GetProperty("priority").GetString(), job.GetProperty("max_attempts").GetInt32()));
    }

    [Fact]
    public async Task The_same_idempotency_key_answers_the_first_job_and_another_body_conflicts()
    {
        const string body = """{"owner_service":"tests","task_type":"idempotent","input":1,"idempotency_key":"key-1"}""";
        var first = await _api.PostAsync("/api/v1/jobs", body);
        var again = await _api.PostAsync("/api/v1/jobs", body);
        var byHeader = await _api.PostAsync(
            "/api/v1/jobs", """{"owner_service":"tests","task_type":"idempotent","input":1}""", ("Idempotency-Key", "key-1"));
        var id = first.Json.GetProperty("id").GetGuid();
        Assert.Equal((201, 200, 200), (first.Status, again.Status, byHeader.Status));
        Assert.Equal((id, id), (again.Json.GetProperty("id").GetGuid(), byHeader.Json.GetProperty("id").GetGuid()));

        (await _api.PostAsync("/api/v1/jobs", """{"owner_service":"tests","task_type":"idempotent","input":2,"idempotency_key":"key-1"}"""))
            .IsProblem(409, "idempotency_conflict", "The same owner used this idempotency key for another job. Nothing was created.");
        (await _api.PostAsync("/api/v1/jobs", body, ("Idempotency-Key", "key-2")))
            .IsInvalid("""{"Idempotency-Key":["differs from idempotency_key in the body."]}""");
        (await _api.PostAsync("/api/v1/jobs", body, ("Idempotency-Key", new string('k', 257))))
            .IsInvalid("""{"Idempotency-Key":["must have at most 256 characters, not 257."]}""");
        Assert.Equal(1, (await _api.GetAsync("/api/v1/jobs?task_type=idempotent")).Json.GetProperty("jobs").GetArrayLength());
    }

    [Fact]
    public async Task A_batch_takes_its_defaults_and_answers_in_order()
    {
        var answer = await _api.PostAsync("/api/v1/jobs/batch", """
            {"defaults":{"owner_service":"tests","task_type":"batch","priority":"low","input":{"n":0}},
             "jobs":[{"idempotency_key":"b1"},{"input":{"n":1},"priority":"high"},{"owner_ref":"third"}]}
            """);
        Assert.Equal(201, answer.Status);
        var ids = answer.Json.GetProperty("ids").EnumerateArray().Select(id => id.GetGuid()).ToArray();
        Assert.Equal((3, 3), (ids.Length, answer.Json.GetProperty("created").GetInt32()));

        var second = (await _api.GetAsync($"/api/v1/jobs/{ids[1]}")).Json;
        Assert.Equal(("high", "tests", """{"n":1}"""),
            (second.GetProperty("priority").GetString(), second.GetProperty("owner_service").GetString(), second.GetProperty("input").GetRawText()));
        var third = (await _api.GetAsync($"/api/v1/jobs/{ids[2]}")).Json;
        Assert.Equal(("low", "third"), (third.GetProperty("priority").GetString(), third.GetProperty("owner_ref").GetString()));

        var known = await _api.PostAsync("/api/v1/jobs/batch", """
            {"defaults":{"owner_service":"tests","task_type":"batch","priority":"low","input":{"n":0}},"jobs":[{"idempotency_key":"b1"}]}
            """);
        Assert.Equal((200, ids[0], 0), (known.Status, known.Json.GetProperty("ids")[0].GetGuid(), known.Json.GetProperty("created").GetInt32()));
    }

    [Fact]
    public async Task A_batch_with_one_conflicting_key_creates_nothing()
    {
        await _api.PostAsync("/api/v1/jobs", """{"owner_service":"tests","task_type":"batch-conflict","input":1,"idempotency_key":"c1"}""");
        (await _api.PostAsync("/api/v1/jobs/batch", """
            {"defaults":{"owner_service":"tests","task_type":"batch-conflict"},"jobs":[{"input":2},{"input":2,"idempotency_key":"c1"}]}
            """)).IsProblem(409, "idempotency_conflict",
            "The idempotency keys of jobs[1] were used for other jobs by the same owner. Nothing was created.");
        Assert.Equal(1, (await _api.GetAsync("/api/v1/jobs?task_type=batch-conflict")).Json.GetProperty("jobs").GetArrayLength());
        (await _api.PostAsync("/api/v1/jobs/batch", """{"jobs":[{"owner_service":"tests","task_type":"t","input":1}]}""", ("Idempotency-Key", "k")))
            .IsInvalid("""{"Idempotency-Key":["is for one job; give each job of a batch its own idempotency_key."]}""");
    }

    [Fact]
    public async Task A_key_that_comes_twice_in_a_batch_creates_one_job()
    {
        var answer = await _api.PostAsync("/api/v1/jobs/batch", """
            {"defaults":{"owner_service":"tests","task_type":"batch-twice","idempotency_key":null,"input":1},
             "jobs":[{"idempotency_key":"d1"},{"idempotency_key":"d1"}]}
            """);
        var ids = answer.Json.GetProperty("ids");
        Assert.Equal((201, 1, ids[0].GetGuid()), (answer.Status, answer.Json.GetProperty("created").GetInt32(), ids[1].GetGuid()));
        (await _api.PostAsync("/api/v1/jobs/batch", """
            {"defaults":{"owner_service":"tests","task_type":"batch-twice"},
             "jobs":[{"input":1,"idempotency_key":"d2"},{"input":2,"idempotency_key":"d2"}]}
            """)).IsProblem(409, "idempotency_conflict",
            "The idempotency keys of jobs[1] were used for other jobs by the same owner. Nothing was created.");
    }

    [Fact]
    public async Task Ten_thousand_jobs_are_created_at_once()
    {
        var jobs = string.Join(',', Enumerable.Range(0, 10_000).Select(n => $$"""{"input":{{n}}}"""));
        var answer = await _api.PostAsync("/api/v1/jobs/batch", $$"""{"defaults":{"owner_service":"tests","task_type":"many"},"jobs":[{{jobs}}]}""");
        Assert.Equal((201, 10_000), (answer.Status, answer.Json.GetProperty("created").GetInt32()));
    }

    [Fact]
    public async Task The_list_is_filtered_and_paged_newest_first()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 5; i++)
            ids.Add(await _api.CreateAsync("paged", i == 4 ? ",\"priority\":\"high\"" : ""));

        var first = (await _api.GetAsync("/api/v1/jobs?task_type=paged&owner_service=tests&limit=3")).Json;
        var second = (await _api.GetAsync($"/api/v1/jobs?task_type=paged&limit=3&cursor={first.GetProperty("next_cursor").GetString()}")).Json;
        Guid[] listed = [
            .. first.GetProperty("jobs").EnumerateArray().Concat(second.GetProperty("jobs").EnumerateArray())
                .Select(job => job.GetProperty("id").GetGuid()),
        ];
        Assert.Equal([.. Enumerable.Reverse(ids)], listed);
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next_cursor").ValueKind);
        Assert.Equal(JsonValueKind.Null, first.GetProperty("jobs")[0].GetProperty("input").ValueKind);

        async Task<int> Count(string query) =>
            (await _api.GetAsync("/api/v1/jobs?task_type=paged&" + query)).Json.GetProperty("jobs").GetArrayLength();
        Assert.Equal((1, 5, 0, 5, 0), (await Count("priority=high"), await Count("status=pending"), await Count("status=failed"),
            await Count("created_after=2020-01-01T00:00:00%2B03:00&created_before=2100-01-01T00:00:00Z"),
            await Count("created_before=2020-01-01T00:00:00Z")));
    }

    [Fact]
    public async Task Waiting_for_a_job_ends_with_its_result()
    {
        var id = await _api.CreateAsync("waited");
        var waiting = _api.GetAsync($"/api/v1/jobs/{id}?wait=30s");
        var (_, token) = await _api.ClaimAsync("waited");
        await _api.PostAsync($"/api/v1/jobs/{id}/complete", $$"""{"lease_token":"{{token}}","result":{"ok":true} }""");
        var job = (await waiting).Json;
        Assert.Equal(("completed", """{"ok":true}"""), (job.GetProperty("status").GetString(), job.GetProperty("result").GetRawText()));
    }

    [Fact]
    public async Task Waiting_for_a_job_that_does_not_end_answers_it_as_it_stands()
    {
        var id = await _api.CreateAsync("not-ended");
        var job = await _api.GetAsync($"/api/v1/jobs/{id}?wait=200ms");
        Assert.Equal((200, "pending"), (job.Status, job.Json.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task The_trace_of_the_request_goes_with_the_job()
    {
        const string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        await _api.PostAsync(
            "/api/v1/jobs", """{"owner_service":"tests","task_type":"traced","input":1}""", ("traceparent", $"00-{trace}-00f067aa0ba902b7-01"));
        var claim = await _api.PostAsync("/api/v1/jobs/claim", """{"worker_id":"w","task_types":["traced"],"wait":"20s"}""");
        Assert.StartsWith($"00-{trace}-", claim.Json.GetProperty("jobs")[0].GetProperty("traceparent").GetString(), StringComparison.Ordinal);
    }
}
