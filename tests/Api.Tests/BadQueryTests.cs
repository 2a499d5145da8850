namespace AiPlatform.Api.Tests;

public sealed class BadQueryTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    const string Parameters = "owner_service, owner_ref, task_type, model_profile, status, priority, error_category, "
        + "created_after, created_before, cursor, limit";
    const string Unknown = "0199e0c2-0000-7000-8000-000000000000";

    readonly RunningApi _api = fixture.Api;

    [Theory]
    [InlineData("?status=done", """{"status":["'done' is not allowed; allowed: pending, running, completed, failed, cancelled."]}""")]
    [InlineData("?priority=1", """{"priority":["'1' is not allowed; allowed: high, normal, low."]}""")]
    [InlineData("?limit=-1", """{"limit":["'-1' is not allowed; allowed: whole numbers from 1 to 500."]}""")]
    [InlineData("?limit=501", """{"limit":["'501' is not allowed; allowed: whole numbers from 1 to 500."]}""")]
    [InlineData("?limit=ten", """{"limit":["'ten' is not allowed; allowed: whole numbers from 1 to 500."]}""")]
    [InlineData("?limit=1&limit=2", """{"limit":["is given twice."]}""")]
    [InlineData("?owner_service=%00", """{"owner_service":["must not be empty or hold control characters."]}""")]
    [InlineData("?task_type=", """{"task_type":["must not be empty or hold control characters."]}""")]
    [InlineData("?created_after=yesterday",
        """{"created_after":["'yesterday' is not a time; write it with its offset, such as 2030-01-31T12:00:00Z."]}""")]
    [InlineData("?cursor=abc", """{"cursor":["is not a cursor of this service; leave it out to begin with the first page."]}""")]
    [InlineData("?state=failed", $$"""{"state":["is not known; allowed: {{Parameters}}."]}""")]
    [InlineData("?limit=0&status=x&foo=1", $$"""
        {
          "limit": ["'0' is not allowed; allowed: whole numbers from 1 to 500."],
          "status": ["'x' is not allowed; allowed: pending, running, completed, failed, cancelled."],
          "foo": ["is not known; allowed: {{Parameters}}."]
        }
        """)]
    public async Task A_wrong_parameter_of_the_list_is_named(string query, string errors) =>
        (await _api.GetAsync("/api/v1/jobs" + query)).IsInvalid(errors);

    [Theory]
    [InlineData("wait=soon", """{"wait":["'soon' is not allowed; allowed: a duration such as 30s, at most 60s."]}""")]
    [InlineData("wait=61s", """{"wait":["'61s' is not allowed; allowed: a duration such as 30s, at most 60s."]}""")]
    [InlineData("wait=-1s", """{"wait":["'-1s' is not allowed; allowed: a duration such as 30s, at most 60s."]}""")]
    [InlineData("wait=30", """{"wait":["'30' is not allowed; allowed: a duration such as 30s, at most 60s."]}""")]
    [InlineData("timeout=30s", """{"timeout":["is not known; allowed: wait."]}""")]
    public async Task A_wrong_wait_is_named(string query, string errors) =>
        (await _api.GetAsync($"/api/v1/jobs/{Unknown}?{query}")).IsInvalid(errors);

    [Theory]
    [InlineData("GET", "/api/v1/stats?x=1")]
    [InlineData("GET", "/queue/status?x=1")]
    [InlineData("POST", $"/api/v1/jobs/{Unknown}/cancel?x=1")]
    public async Task A_route_without_parameters_takes_none(string method, string path) =>
        (await _api.SendAsync(new HttpMethod(method), path)).IsInvalid("""{"x":["is not known; this route has no query parameters."]}""");

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "?wait=1s")]
    [InlineData("GET", "/events")]
    [InlineData("POST", "/retry")]
    [InlineData("POST", "/cancel")]
    [InlineData("POST", "/heartbeat", "{\"lease_token\":\"0199e0c2-0000-4000-8000-000000000000\"}")]
    [InlineData("POST", "/complete", "{\"lease_token\":\"0199e0c2-0000-4000-8000-000000000000\",\"result\":1}")]
    [InlineData("POST", "/fail", "{\"lease_token\":\"0199e0c2-0000-4000-8000-000000000000\",\"category\":\"c\",\"message\":\"m\"}")]
    public async Task An_unknown_job_is_404_on_every_route(string method, string route, string? body = null)
    {
        var content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        (await _api.SendAsync(new HttpMethod(method), $"/api/v1/jobs/{Unknown}{route}", content))
            .IsProblem(404, "not_found", $"There is no job {Unknown}.");
    }

    [Theory]
    [InlineData("GET", "/api/v1/jobs/not-a-uuid")]
    [InlineData("POST", "/api/v1/jobs/42/cancel")]
    [InlineData("GET", "/api/v1/job")]
    [InlineData("GET", "/nowhere")]
    public async Task What_is_no_route_is_404(string method, string path) =>
        (await _api.SendAsync(new HttpMethod(method), path)).IsProblem(404, "not_found", $"There is no route {method} {path}.");

    [Theory]
    [InlineData("DELETE", "/api/v1/jobs")]
    [InlineData("GET", "/chat")]
    [InlineData("POST", "/api/v1/stats")]
    public async Task A_method_that_a_route_does_not_take_is_405(string method, string path) =>
        (await _api.SendAsync(new HttpMethod(method), path)).IsProblem(405, "method_not_allowed", $"{path} does not take {method}.");

    [Theory]
    [InlineData("1", "is not the id of an event; send the last id that the stream gave, or leave it out to begin anew.")]
    [InlineData("99999999999999999999-0", "is not the id of an event; send the last id that the stream gave, or leave it out to begin anew.")]
    [InlineData("18446744073709551615-18446744073709551615", "is not the id of an event; send the last id that the stream gave, or leave it out to begin anew.")]
    public async Task A_wrong_last_event_id_is_named(string id, string message)
    {
        var answer = await _api.SendAsync(HttpMethod.Get, $"/api/v1/jobs/{Unknown}/events", null, ("Last-Event-ID", id));
        answer.IsInvalid($$"""{"Last-Event-ID":["{{message}}"]}""");
    }
}
