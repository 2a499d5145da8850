using System.Text.Json;

namespace AiPlatform.Api.Tests;

public sealed class LeaseTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    [Fact]
    public async Task An_external_worker_claims_reports_and_completes()
    {
        var id = await _api.CreateAsync("external");
        var claim = await _api.PostAsync("/api/v1/jobs/claim", """
            {"worker_id":"gpu-7","task_types":["external","other"],"model_profiles":["default"],"limit":5,"lease_seconds":60,"wait":"20s"}
            """);
        var job = Assert.Single(claim.Json.GetProperty("jobs").EnumerateArray());
        Assert.Equal((id, "running", "gpu-7", 1, """{"n":1}"""),
            (job.GetProperty("id").GetGuid(), job.GetProperty("status").GetString(), job.GetProperty("worker_id").GetString(),
                job.GetProperty("attempt").GetInt32(), job.GetProperty("input").GetRawText()));
        var token = job.GetProperty("lease_token").GetGuid();
        var lease = job.GetProperty("lease_expires_at").GetDateTimeOffset() - job.GetProperty("started_at").GetDateTimeOffset();
        Assert.Equal(TimeSpan.FromSeconds(60), lease);

        var beat = await _api.PostAsync(
            $"/api/v1/jobs/{id}/heartbeat", $$"""{"lease_token":"{{token}}","lease_seconds":600,"progress":{"percent":50} }""");
        Assert.Equal((200, false), (beat.Status, beat.Json.GetProperty("cancel_requested").GetBoolean()));
        var running = (await _api.GetAsync($"/api/v1/jobs/{id}")).Json;
        Assert.Equal("""{"percent":50}""", running.GetProperty("progress").GetRawText());
        Assert.Equal(beat.Json.GetProperty("lease_expires_at").GetDateTimeOffset(), running.GetProperty("lease_expires_at").GetDateTimeOffset());

        var complete = $$"""{"lease_token":"{{token}}","result":{"answer":42} }""";
        var first = await _api.PostAsync($"/api/v1/jobs/{id}/complete", complete);
        var again = await _api.PostAsync($"/api/v1/jobs/{id}/complete", complete);
        Assert.Equal((200, $$"""{"id":"{{id}}","status":"completed"}"""), (first.Status, first.Text));
        Assert.Equal((first.Status, first.Text), (again.Status, again.Text));
        var done = (await _api.GetAsync($"/api/v1/jobs/{id}")).Json;
        Assert.Equal(("completed", """{"answer":42}"""), (done.GetProperty("status").GetString(), done.GetProperty("result").GetRawText()));
    }

    [Fact]
    public async Task A_stale_lease_changes_nothing_and_is_told_so()
    {
        var id = await _api.CreateAsync("stale");
        var (_, lost) = await _api.ClaimAsync("stale");
        Assert.Equal(200, (await _api.PostAsync($"/api/v1/jobs/{id}/retry")).Status);
        var (_, held) = await _api.ClaimAsync("stale");

        var told = $"The lease token is not, or no longer, that of job {id}. Nothing was changed; stop working on it.";
        (await _api.PostAsync($"/api/v1/jobs/{id}/heartbeat", $$"""{"lease_token":"{{lost}}"}""")).IsProblem(409, "lease_lost", told);
        (await _api.PostAsync($"/api/v1/jobs/{id}/complete", $$"""{"lease_token":"{{lost}}","result":1}""")).IsProblem(409, "lease_lost", told);
        (await _api.PostAsync($"/api/v1/jobs/{id}/fail", $$"""{"lease_token":"{{lost}}","category":"c","message":"m"}"""))
            .IsProblem(409, "lease_lost", told);

        Assert.Equal("running", (await _api.GetAsync($"/api/v1/jobs/{id}")).Json.GetProperty("status").GetString());
        Assert.Equal(200, (await _api.PostAsync($"/api/v1/jobs/{id}/complete", $$"""{"lease_token":"{{held}}","result":2}""")).Status);
    }

    [Fact]
    public async Task A_failed_attempt_is_tried_again_until_the_attempts_are_spent()
    {
        var id = await _api.CreateAsync("failing", ",\"max_attempts\":2");
        var (_, first) = await _api.ClaimAsync("failing");
        var fail = await _api.PostAsync(
            $"/api/v1/jobs/{id}/fail", $$"""{"lease_token":"{{first}}","category":"my_word","message":"It broke.","retry_after_seconds":0}""");
        Assert.Equal((200, $$"""{"id":"{{id}}","status":"pending"}"""), (fail.Status, fail.Text));

        var (_, second) = await _api.ClaimAsync("failing");
        fail = await _api.PostAsync($"/api/v1/jobs/{id}/fail", $$"""{"lease_token":"{{second}}","category":"my_word","message":"It broke again."}""");
        Assert.Equal($$"""{"id":"{{id}}","status":"failed"}""", fail.Text);
        var job = (await _api.GetAsync($"/api/v1/jobs/{id}")).Json;
        Assert.Equal(("failed", 2, """{"category":"my_word","message":"It broke again."}"""),
            (job.GetProperty("status").GetString(), job.GetProperty("attempt").GetInt32(), job.GetProperty("error").GetRawText()));
    }

    [Fact]
    public async Task A_failure_that_is_not_to_be_retried_is_final()
    {
        var id = await _api.CreateAsync("final-failure");
        var (_, token) = await _api.ClaimAsync("final-failure");
        var fail = await _api.PostAsync(
            $"/api/v1/jobs/{id}/fail", $$"""{"lease_token":"{{token}}","category":"provider_error","message":"No.","retry":false}""");
        Assert.Equal($$"""{"id":"{{id}}","status":"failed"}""", fail.Text);
    }

    [Fact]
    public async Task A_heartbeat_says_that_the_job_was_cancelled()
    {
        var id = await _api.CreateAsync("cancelled-while-running");
        var (_, token) = await _api.ClaimAsync("cancelled-while-running");
        Assert.Equal("cancelled", (await _api.PostAsync($"/api/v1/jobs/{id}/cancel")).Json.GetProperty("status").GetString());
        var beat = await _api.PostAsync($"/api/v1/jobs/{id}/heartbeat", $$"""{"lease_token":"{{token}}"}""");
        Assert.Equal((200, """{"lease_expires_at":null,"cancel_requested":true}"""), (beat.Status, beat.Text));
    }

    [Fact]
    public async Task Progress_over_64_KiB_is_refused()
    {
        var id = await _api.CreateAsync("progress");
        var (_, token) = await _api.ClaimAsync("progress");
        (await _api.PostAsync($"/api/v1/jobs/{id}/heartbeat", $$"""{"lease_token":"{{token}}","progress":"{{new string('p', 65_535)}}"}"""))
            .IsInvalid("""{"progress":["must have at most 65536 bytes (64 KiB)."]}""");
    }

    [Fact]
    public async Task A_claim_that_waits_gets_the_job_that_comes()
    {
        var waiting = _api.PostAsync("/api/v1/jobs/claim", """{"worker_id":"w","task_types":["comes-later"],"wait":"30s"}""");
        var id = await _api.CreateAsync("comes-later");
        Assert.Equal(id, Assert.Single((await waiting).Json.GetProperty("jobs").EnumerateArray()).GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task A_claim_that_finds_nothing_is_an_empty_list()
    {
        var answer = await _api.PostAsync("/api/v1/jobs/claim", """{"worker_id":"w","task_types":["never"]}""");
        Assert.Equal((200, """{"jobs":[]}"""), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task Without_a_lease_length_the_service_decides_it()
    {
        await _api.CreateAsync("default-lease");
        var claim = await _api.PostAsync("/api/v1/jobs/claim", """{"worker_id":"w","task_types":["default-lease"],"wait":"20s"}""");
        var job = claim.Json.GetProperty("jobs")[0];
        Assert.Equal(
            TimeSpan.FromMinutes(15), job.GetProperty("lease_expires_at").GetDateTimeOffset() - job.GetProperty("started_at").GetDateTimeOffset());
        Assert.Equal(JsonValueKind.Null, job.GetProperty("progress").ValueKind);
    }
}
