using System.Net.Http.Headers;
using System.Text;

namespace AiPlatform.Api.Tests;

public sealed class BadBodyTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    const string Allowed = "tenant_id, owner_service, owner_ref, task_type, model_profile, priority, max_attempts, input, run_at, deadline, "
        + "idempotency_key, callback_url, result_ttl";

    const string Conditions = "owner_service, owner_ref, task_type, model_profile, status, priority, error_category, created_after, created_before";

    readonly RunningApi _api = fixture.Api;

    [Theory]
    [InlineData("", "The body is empty.")]
    [InlineData("{", "It cannot be read from line 1, byte 2 on.")]
    [InlineData("hello", "It cannot be read from line 1, byte 1 on.")]
    [InlineData("{\"a\":1}\n{}", "It cannot be read from line 2, byte 1 on.")]
    [InlineData("{'a':1}", "It cannot be read from line 1, byte 2 on.")]
    public async Task What_is_not_json_is_refused_with_400(string body, string detail) =>
        (await _api.PostAsync("/api/v1/jobs", body)).IsProblem(400, "not_json", detail);

    [Fact]
    public async Task Bytes_that_are_not_utf_8_are_no_json()
    {
        var body = new ByteArrayContent([.. "{\"owner_service\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        (await _api.SendAsync(HttpMethod.Post, "/api/v1/jobs", body)).IsProblem(400, "not_json", "The body is not in UTF-8.");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData(null)]
    public async Task A_body_of_another_type_is_refused_with_415(string? type)
    {
        var body = new ByteArrayContent("{}"u8.ToArray());
        if (type is not null)
            body.Headers.TryAddWithoutValidation("Content-Type", type);
        (await _api.SendAsync(HttpMethod.Post, "/api/v1/jobs", body))
            .IsProblem(415, "unsupported_media_type", "The Content-Type must be application/json, in UTF-8.");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_body_over_8_MiB_is_refused_with_413(bool chunked, bool asksFirst)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"owner_service":"tests","task_type":"t","input":"{{new string('x', 8 * 1024 * 1024)}}"}""");
        HttpContent body = chunked ? new StreamContent(new MemoryStream(json)) : new ByteArrayContent(json);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/jobs") { Content = body };
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = asksFirst;
        using var response = await _api.Http.SendAsync(request, TestContext.Current.CancellationToken);
        (await Answer.ReadAsync(response, TestContext.Current.CancellationToken))
            .IsProblem(413, "too_large", "A body may have at most 8388608 bytes (8 MiB).");
    }

    [Fact]
    public async Task All_errors_are_named_at_once_with_what_is_allowed()
    {
        var answer = await _api.PostAsync("/api/v1/jobs", """
            {"owner_service":"","task_type":7,"priority":"urgent","max_attempts":0,"prioritty":"low","run_at":"tomorrow",
             "callback_url":"ftp://files","input":{"secret":"do not repeat"}}
            """);
        answer.IsInvalid($$"""
            {
              "owner_service": ["must not be empty or hold control characters."],
              "task_type": ["must be a string, not a number."],
              "priority": ["'urgent' is not allowed; allowed: high, normal, low."],
              "max_attempts": ["0 is not allowed; allowed: whole numbers from 1 to 100."],
              "prioritty": ["is not known; allowed: {{Allowed}}."],
              "run_at": ["'tomorrow' is not a time; write it with its offset, such as 2030-01-31T12:00:00Z."],
              "callback_url": ["must be an absolute http or https address of at most 2048 characters."]
            }
            """);
        Assert.DoesNotContain("do not repeat", answer.Text, StringComparison.Ordinal);
        Assert.Equal("7 fields are not valid.", answer.Json.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("{}", """{"owner_service":["is required."],"task_type":["is required."],"input":["is required."]}""")]
    [InlineData("[]", """{"$":["must be an object, not an array."]}""")]
    [InlineData("null", """{"$":["must be an object, not null."]}""")]
    [InlineData("""{"owner_service":"o","task_type":"t","input":null}""", """{"input":["must not be null."]}""")]
    [InlineData("""{"owner_service":"o","owner_service":"p","task_type":"t","input":1}""", """{"owner_service":["is given twice."]}""")]
    [InlineData("""{"owner_service":"o","task_type":"t","input":{"a":1,"a":2}}""", """{"input":["holds a field that is given twice."]}""")]
    [InlineData("""{"owner_service":"o","task_type":"t","input":1,"priority":1}""",
        """{"priority":["must be a string, not a number; allowed: high, normal, low."]}""")]
    [InlineData("""{"owner_service":"o","task_type":"t","input":1,"priority":"High"}""",
        """{"priority":["'High' is not allowed; allowed: high, normal, low."]}""")]
    [InlineData("""{"owner_service":"o","task_type":"t","input":1,"max_attempts":1.5}""",
        """{"max_attempts":["1.5 is not allowed; allowed: whole numbers from 1 to 100."]}""")]
    [InlineData("""{"owner_service":"o","task_type":"t","input":1,"max_attempts":"3"}""", """{"max_attempts":["must be a number, not a string."]}""")]
    [InlineData("""{"owner_service":"o\n","task_type":"t","input":1}""", """{"owner_service":["must not be empty or hold control characters."]}""")]
    [InlineData("""{"owner_service":"o\u0000","task_type":"t","input":1}""",
        """{"owner_service":["must not be empty or hold control characters."]}""")]
    [InlineData("""{"owner_service":"o","task_type":"t","input":"\ud800"}""",
        """{"$":["holds an escape such as \\ud800 that is half a character."]}""")]
    [InlineData("""{"owner_service":"o","task_type":"t","input":1,"run_at":"2030-01-01T00:00:00"}""",
        """{"run_at":["'2030-01-01T00:00:00' is not a time; write it with its offset, such as 2030-01-31T12:00:00Z."]}""")]
    [InlineData("""{"owner_service":"o","task_type":"t","input":1,"run_at":"2030-01-01T00:00:00Z","deadline":"2030-01-01T00:00:00Z"}""",
        """{"deadline":["must be after run_at."]}""")]
    [InlineData("""{"owner_service":"o","task_type":"t","input":1,"result_ttl":"3"}""",
        """{"result_ttl":["'3' is not allowed; allowed: a duration such as 72h, from 1s to 168h."]}""")]
    [InlineData("""{"owner_service":"o","task_type":"t","input":1,"result_ttl":"169h"}""",
        """{"result_ttl":["'169h' is not allowed; allowed: a duration such as 72h, from 1s to 168h."]}""")]
    public async Task A_wrong_field_is_named(string body, string errors) => (await _api.PostAsync("/api/v1/jobs", body)).IsInvalid(errors);

    [Fact]
    public async Task A_long_value_is_measured_and_not_repeated()
    {
        var answer = await _api.PostAsync("/api/v1/jobs", $$"""
            {"owner_service":"{{new string('o', 129)}}","task_type":"t","input":1,"priority":"{{new string('p', 65)}}"}
            """);
        answer.IsInvalid("""
            {"owner_service":["must have at most 128 characters, not 129."],"priority":["is not allowed; allowed: high, normal, low."]}
            """);
    }

    [Fact]
    public async Task A_body_nested_too_deeply_is_refused_and_one_at_the_limit_comes_back_from_every_route()
    {
        static string Nested(int levels) => $"{new string('[', levels)}{new string(']', levels)}";
        (await _api.PostAsync("/api/v1/jobs", $$"""{"owner_service":"o","task_type":"deep","input":{{Nested(56)}}}"""))
            .IsInvalid("""{"$":["is nested more than 56 levels deep."]}""");
        (await _api.PostAsync("/api/v1/jobs", $$"""{"owner_service":"o","task_type":"deep","input":{{Nested(9_000)}}}"""))
            .IsInvalid("""{"$":["is nested more than 56 levels deep."]}""");

        var created = await _api.PostAsync("/api/v1/jobs", $$"""{"owner_service":"o","task_type":"deep","input":{{Nested(55)}}}""");
        Assert.Equal(201, created.Status);
        var (id, token) = await _api.ClaimAsync("deep");
        Assert.Equal(200, (await _api.PostAsync($"/api/v1/jobs/{id}/complete", $$"""{"lease_token":"{{token}}","result":{{Nested(55)}}}""")).Status);
        Assert.Equal(200, (await _api.GetAsync($"/api/v1/jobs/{id}")).Status);
    }

    [Fact]
    public async Task The_errors_of_a_batch_are_named_by_place_and_nothing_is_created()
    {
        var answer = await _api.PostAsync("/api/v1/jobs/batch", """
            {"defaults":{"owner_service":"o","idempotency_key":"k"},
             "jobs":[{"task_type":"batch-bad","input":1},{"task_type":"batch-bad"},{"task_type":"batch-bad","input":1,"result_ttl":"now"}]}
            """);
        answer.IsInvalid("""
            {
              "defaults.idempotency_key": ["cannot be shared: a key names one job."],
              "jobs[1].input": ["is required."],
              "jobs[2].result_ttl": ["'now' is not allowed; allowed: a duration such as 72h, from 1s to 168h."]
            }
            """);
        (await _api.PostAsync("/api/v1/jobs/batch", """
            {"jobs":[{"owner_service":"o","task_type":"batch-bad","input":1},{"priority":"urgent","x":1}]}
            """))
            .IsInvalid($$"""
                {"jobs[1].priority":["'urgent' is not allowed; allowed: high, normal, low."],"jobs[1].x":["is not known; allowed: {{Allowed}}."]}
                """);
        Assert.Equal(0, (await _api.GetAsync("/api/v1/jobs?task_type=batch-bad")).Json.GetProperty("jobs").GetArrayLength());
    }

    [Fact]
    public async Task A_batch_has_from_one_to_ten_thousand_jobs()
    {
        (await _api.PostAsync("/api/v1/jobs/batch", """{"jobs":[]}""")).IsInvalid("""{"jobs":["must have from 1 to 10000 entries, not 0."]}""");
        var many = string.Join(',', Enumerable.Repeat("{}", 10_001));
        (await _api.PostAsync("/api/v1/jobs/batch", $$"""{"jobs":[{{many}}]}"""))
            .IsInvalid("""{"jobs":["must have from 1 to 10000 entries, not 10001."]}""");
    }

    [Fact]
    public async Task A_batch_of_wrong_jobs_gets_an_answer_of_a_readable_size()
    {
        var many = string.Join(',', Enumerable.Repeat("{\"x\":1}", 5_000));
        var answer = await _api.PostAsync("/api/v1/jobs/batch", $$"""{"jobs":[{{many}}]}""");
        Assert.Equal(422, answer.Status);
        Assert.Equal(50, answer.Json.GetProperty("errors").EnumerateObject().Count());
        Assert.Equal("More than 50 fields are not valid; these are the first.", answer.Json.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_chat_needs_messages_with_roles()
    {
        const string roles = "allowed: system, user, assistant, tool, developer.";
        (await _api.PostAsync("/chat", "{}")).IsInvalid("""{"messages":["is required, or user in its place."]}""");
        (await _api.PostAsync("/chat", """{"messages":[]}""")).IsInvalid("""{"messages":["must not be empty."]}""");
        (await _api.PostAsync("/chat", """{"messages":"hi"}""")).IsInvalid("""{"messages":["must be an array, not a string."]}""");
        (await _api.PostAsync("/chat", """{"user":"  "}""")).IsInvalid("""{"user":["must not be empty."]}""");
        (await _api.PostAsync("/chat", """{"messages":[{"content":"hi"},"hi",{"role":"boss"}],"user":"u","stream":true,"priority":"urgent"}"""))
            .IsInvalid("""{"priority":["'urgent' is not allowed; allowed: high, normal, low."]}""");
        (await _api.PostAsync("/chat", """{"messages":[{"content":"hi"},"hi",{"role":"boss"}],"user":"u","stream":true}""")).IsInvalid($$"""
            {
              "messages[0].role": ["is required; {{roles}}"],
              "messages[1]": ["must be an object, not a string."],
              "messages[2].role": ["is not allowed; {{roles}}"],
              "user": ["cannot be given beside messages; make it the last message."],
              "stream": ["is not allowed here: /chat answers in one piece. Leave it out."]
            }
            """);
    }

    [Theory]
    [InlineData("/api/v1/jobs/claim", "{}", """{"worker_id":["is required."],"task_types":["is required."]}""")]
    [InlineData("/api/v1/jobs/claim", """{"worker_id":"w","task_types":[]}""", """{"task_types":["must have from 1 to 100 entries, not 0."]}""")]
    [InlineData("/api/v1/jobs/claim", """{"worker_id":"w","task_types":["a",1,"","b\n",null],"limit":-1,"lease_seconds":1}""", """
        {
          "task_types[1]":["must be a string, not a number."],
          "task_types[2]":["must not be empty or hold control characters."],
          "task_types[3]":["must not be empty or hold control characters."],
          "task_types[4]":["must be a string, not null."],
          "limit":["-1 is not allowed; allowed: whole numbers from 1 to 1000."],
          "lease_seconds":["1 is not allowed; allowed: whole numbers from 5 to 86400."]
        }
        """)]
    [InlineData("/api/v1/jobs/claim", """{"worker_id":"w","task_types":["a"],"wait":"2m"}""",
        """{"wait":["'2m' is not allowed; allowed: a duration such as 30s, at most 60s."]}""")]
    [InlineData("/api/v1/jobs/0199e0c2-0000-7000-8000-000000000000/heartbeat", """{"lease_token":"x"}""",
        """{"lease_token":["'x' is not a UUID."]}""")]
    [InlineData("/api/v1/jobs/0199e0c2-0000-7000-8000-000000000000/complete", "{}", """{"lease_token":["is required."],"result":["is required."]}""")]
    [InlineData("/api/v1/jobs/0199e0c2-0000-7000-8000-000000000000/fail", """{"retry":"yes","message":"a\u0000b","category":"c"}""",
        """{"retry":["must be true or false, not a string."],"message":["must not hold a NUL character."],"lease_token":["is required."]}""")]
    [InlineData("/api/v1/jobs/retry", """{"status":"completed"}""", """{"status":["'completed' is not allowed; allowed: failed, running."]}""")]
    [InlineData("/api/v1/jobs/cancel", """{"status":"failed"}""", """{"status":["'failed' is not allowed; allowed: pending, running."]}""")]
    [InlineData("/api/v1/jobs/cancel", """{"status":"done"}""",
        """{"status":["'done' is not allowed; allowed: pending, running, completed, failed, cancelled."]}""")]
    [InlineData("/api/v1/jobs/cancel", "{}",
        $$"""{"$":["must name at least one condition; allowed: {{Conditions}}."]}""")]
    public async Task Every_route_names_its_wrong_fields(string path, string body, string errors) =>
        (await _api.PostAsync(path, body)).IsInvalid(errors);
}
