using System.ClientModel;
using AiPlatform.Testing;
using OpenAI.Chat;
using static AiPlatform.Api.Tests.OpenAi.OpenAiCalls;

namespace AiPlatform.Api.Tests.OpenAi;

/// <summary>Errors in OpenAI's form.</summary>
public sealed class CompletionErrorTests(ApiFixture fixture, Stores stores) : IClassFixture<ApiFixture>
{
    const string Invalid = "invalid_request_error";

    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"messages":[{"role":"user"}]}""", "model", "model is required.")]
    [InlineData("""{"model":"m","messages":[]}""", "messages", "messages must not be empty.")]
    [InlineData("""{"model":"m","messages":[{"role":"owner"}]}""", "messages[0].role",
        "messages[0].role is not allowed; allowed: system, user, assistant, tool, developer.")]
    [InlineData("""{"model":"m","messages":[{"role":"user"}],"stream":"yes"}""", "stream", "stream must be true or false, not a string.")]
    [InlineData("""{"model":"m","messages":[{"role":"user"}],"stream_options":[]}""", "stream_options", "stream_options must be an object, not an array.")]
    [InlineData("""{"model":"m","messages":[{"role":"user"}],"metadata":"x"}""", "metadata", "metadata must be an object, not a string.")]
    [InlineData("""{"model":"m","messages":[{"role":"user"}],"metadata":{"aiplatform_priority":5}}""", "metadata.aiplatform_priority",
        "metadata.aiplatform_priority must be a string, not a number.")]
    [InlineData("""{"model":"m","messages":[{"role":"user"}],"metadata":{"aiplatform_prio":"low"}}""", "metadata.aiplatform_prio",
        "metadata.aiplatform_prio is not known; allowed: aiplatform_owner_service, aiplatform_owner_ref, aiplatform_priority, aiplatform_deadline, "
        + "aiplatform_idempotency_key.")]
    [InlineData("""{"model":"m","messages":7,"stream":1}""", "stream", "stream must be true or false, not a number.")]
    public async Task A_field_that_is_not_valid_is_named(string body, string param, string message) =>
        (await _api.PostAsync(Completions, body)).IsOpenAiError(422, Invalid, "invalid", param, message);

    [Theory]
    [InlineData("X-Priority", "urgent", "'urgent' is not allowed; allowed: high, normal, low.")]
    [InlineData("X-Priority", "2", "'2' is not allowed; allowed: high, normal, low.")]
    [InlineData("X-Deadline", "tomorrow", "'tomorrow' is not a time; write it with its offset, such as 2030-01-31T12:00:00Z.")]
    [InlineData("X-Owner-Service", "", "must not be empty or hold control characters.")]
    public async Task A_header_that_is_not_valid_is_named(string name, string value, string message) =>
        (await _api.PostAsync(Completions, Question("m"), (name, value))).IsOpenAiError(422, Invalid, "invalid", name, $"{name} {message}");

    [Fact]
    public async Task Header_and_metadata_may_not_differ() =>
        (await _api.PostAsync(Completions, """{"model":"m","messages":[{"role":"user"}],"metadata":{"aiplatform_priority":"low"}}""", ("X-Priority", "high")))
            .IsOpenAiError(422, Invalid, "invalid", "metadata.aiplatform_priority",
                "metadata.aiplatform_priority differs from the header X-Priority; say it in one of them.");

    [Fact]
    public async Task A_body_that_cannot_be_read_is_told_why()
    {
        (await _api.PostAsync(Completions, "{")).IsOpenAiError(400, Invalid, "not_json", null, "It cannot be read from line 1, byte 2 on.");
        var large = await _api.PostAsync(Completions, $$"""{"model":"{{new string('m', 8 * 1024 * 1024)}}"}""");
        large.IsOpenAiError(413, Invalid, "too_large", null, "A body may have at most 8388608 bytes (8 MiB).");
        using var form = new StringContent("a=b", System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");
        Assert.Equal(415, (await _api.SendAsync(HttpMethod.Post, Completions, form)).Status);
        (await _api.GetAsync("/v1/engines")).IsOpenAiError(404, Invalid, "not_found", null, "There is no route GET /v1/engines.");
        Assert.Equal("method_not_allowed", (await _api.GetAsync(Completions)).Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failure_before_the_first_piece_is_an_error_with_its_status(bool stream)
    {
        var asked = _api.PostAsync(Completions, Question("failed", stream));
        var job = await ModelWorker.TakeAsync(_api, "failed");
        await ModelWorker.FailAsync(_api, job, "provider_timeout", "The server was silent.");
        var answer = await asked;
        answer.IsOpenAiError(504, "server_error", "timeout", null, "The server was silent.");
        Assert.Equal(("false", job.Id.ToString()),
            (Assert.Single(answer.Headers.GetValues("x-should-retry")), Assert.Single(answer.Headers.GetValues("X-Job-Id"))));
    }

    [Fact]
    public async Task Where_another_try_would_help_later_the_answer_says_when()
    {
        var asked = _api.PostAsync(Completions, Question("unconfigured"));
        await ModelWorker.FailAsync(_api, await ModelWorker.TakeAsync(_api, "unconfigured"), "provider_unconfigured", "No key.");
        var answer = await asked;
        answer.IsOpenAiError(503, "server_error", "provider_unconfigured", null, "No key.");
        Assert.Equal(TimeSpan.FromSeconds(30), answer.Headers.RetryAfter!.Delta);
        Assert.False(answer.Headers.Contains("x-should-retry"));
    }

    [Fact]
    public async Task The_client_throws_with_status_and_message()
    {
        var asked = _api.Chat("refused").CompleteChatAsync([new UserChatMessage("Hello")], cancellationToken: Ct);
        await ModelWorker.FailAsync(_api, await ModelWorker.TakeAsync(_api, "refused"), "provider_rejected", "The prompt is too long.");
        var failure = await Assert.ThrowsAsync<ClientResultException>(() => asked);
        Assert.Equal(502, failure.Status);
        Assert.Contains("The prompt is too long.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_nobody_serves_is_404_and_no_provider_503()
    {
        await using var api = await RunningApi.StartAsync(stores);
        await api.ReportAsync("w1", ["default", "qwen"], ChatTests.Provider(configured: true));
        (await api.PostAsync(Completions, Question("gpt-9"))).IsOpenAiError(
            404, Invalid, "model_not_found", "model", "No worker serves the profile 'gpt-9'; served: default, qwen.");

        await using var other = await RunningApi.StartAsync(stores);
        await other.ReportAsync("w1", ["default"], ChatTests.Provider(configured: false));
        (await other.PostAsync(Completions, Question("default"))).IsOpenAiError(
            503, "server_error", "provider_unconfigured", null, "No chat provider is configured; LLM_BASE_URL of the LLM worker names one.");
    }
}
