namespace AiPlatform.Api.Tests;

public sealed class JobChangeTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    [Fact]
    public async Task A_pending_job_is_cancelled_and_cancelling_it_again_changes_nothing()
    {
        var id = await _api.CreateAsync("cancel");
        for (var i = 0; i < 2; i++)
        {
            var answer = await _api.PostAsync($"/api/v1/jobs/{id}/cancel");
            Assert.Equal((200, "cancelled"), (answer.Status, answer.Json.GetProperty("status").GetString()));
        }
        (await _api.PostAsync($"/api/v1/jobs/{id}/retry"))
            .IsProblem(409, "invalid_state", $"Job {id} is cancelled; only failed or running jobs can be retried.");
    }

    [Fact]
    public async Task A_completed_job_is_neither_cancelled_nor_retried()
    {
        var id = await EndAsync("completed", "complete", "\"result\":1");
        (await _api.PostAsync($"/api/v1/jobs/{id}/cancel"))
            .IsProblem(409, "invalid_state", $"Job {id} is completed; only pending or running jobs can be cancelled.");
        (await _api.PostAsync($"/api/v1/jobs/{id}/retry"))
            .IsProblem(409, "invalid_state", $"Job {id} is completed; only failed or running jobs can be retried.");
    }

    [Fact]
    public async Task A_failed_job_is_retried_with_all_its_attempts()
    {
        var id = await EndAsync("failed", "fail", "\"category\":\"c\",\"message\":\"m\",\"retry\":false");
        var job = (await _api.PostAsync($"/api/v1/jobs/{id}/retry")).Json;
        Assert.Equal(("pending", 0), (job.GetProperty("status").GetString(), job.GetProperty("attempt").GetInt32()));
    }

    [Fact]
    public async Task A_filter_cancels_what_is_not_final()
    {
        await EndAsync("bulk-cancel", "complete", "\"result\":1");
        await _api.CreateAsync("bulk-cancel");
        await _api.CreateAsync("bulk-cancel");
        await _api.ClaimAsync("bulk-cancel");
        var pending = await _api.PostAsync("/api/v1/jobs/cancel", """{"task_type":"bulk-cancel","status":"pending"}""");
        Assert.Equal((200, """{"count":1}"""), (pending.Status, pending.Text));
        Assert.Equal("""{"count":1}""", (await _api.PostAsync("/api/v1/jobs/cancel", """{"task_type":"bulk-cancel"}""")).Text);
        Assert.Equal("""{"count":0}""", (await _api.PostAsync("/api/v1/jobs/cancel", """{"task_type":"bulk-cancel"}""")).Text);
    }

    [Fact]
    public async Task A_filter_retries_failed_jobs_and_running_ones_when_it_says_so()
    {
        await EndAsync("bulk-retry", "fail", "\"category\":\"gone\",\"message\":\"m\",\"retry\":false");
        await EndAsync("bulk-retry", "complete", "\"result\":1");
        Assert.Equal("""{"count":0}""", (await _api.PostAsync("/api/v1/jobs/retry", """{"task_type":"bulk-retry","error_category":"other"}""")).Text);
        Assert.Equal("""{"count":1}""", (await _api.PostAsync("/api/v1/jobs/retry", """{"task_type":"bulk-retry","error_category":"gone"}""")).Text);

        await _api.ClaimAsync("bulk-retry");
        Assert.Equal("""{"count":0}""", (await _api.PostAsync("/api/v1/jobs/retry", """{"task_type":"bulk-retry"}""")).Text);
        Assert.Equal("""{"count":1}""", (await _api.PostAsync("/api/v1/jobs/retry", """{"task_type":"bulk-retry","status":"running"}""")).Text);
    }

    async Task<Guid> EndAsync(string taskType, string how, string fields)
    {
        var id = await _api.CreateAsync(taskType);
        var (_, token) = await _api.ClaimAsync(taskType);
        Assert.Equal(200, (await _api.PostAsync($"/api/v1/jobs/{id}/{how}", $$"""{"lease_token":"{{token}}",{{fields}}}""")).Status);
        return id;
    }
}
