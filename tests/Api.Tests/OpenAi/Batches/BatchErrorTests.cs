using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests.OpenAi;

/// <summary>What is wrong with a batch or its lines is told before anything of it is run.</summary>
public sealed class BatchErrorTests(ApiFixture fixture, Stores stores) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    [Theory]
    [InlineData("""{"custom_id":"x",""", "invalid_json_line", null, "This line is not parseable as valid JSON.")]
    [InlineData("[]", "invalid_request", null, "The line must be an object, not an array.")]
    [InlineData("""{"method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[{"role":"user"}]}}""", "missing_custom_id", "custom_id", "custom_id is required, as a string.")]
    [InlineData("""{"custom_id":"x","method":"GET","url":"/v1/chat/completions","body":{"model":"m","messages":[{"role":"user"}]}}""", "invalid_method", "method", "method must be POST.")]
    [InlineData("""{"custom_id":"x","method":"POST","url":"/v1/embeddings","body":{"model":"m","messages":[{"role":"user"}]}}""", "invalid_url", "url",
        "url must be /v1/chat/completions, the endpoint of the batch.")]
    [InlineData("""{"custom_id":"x","method":"POST","url":"/v1/chat/completions"}""", "missing_body", "body", "body is required, as an object.")]
    [InlineData("""{"custom_id":"x","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[],"stream":false}}""", "invalid_request", "body.messages",
        "body.messages must not be empty.")]
    [InlineData("""{"custom_id":"x","method":"POST","url":"/v1/chat/completions","body":{"messages":[{"role":"user"}]}}""", "invalid_request", "body.model", "body.model is required.")]
    [InlineData("""{"custom_id":"x","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[{"role":"user"}],"stream":true}}""", "invalid_request", "body.stream",
        "body.stream must not be true: a batch answers in one piece.")]
    [InlineData("""{"custom_id":"first","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[{"role":"user"}]}}""", "duplicate_custom_id", "custom_id",
        "custom_id must be unique in a batch; an earlier line has the same.")]
    public async Task A_wrong_line_fails_the_batch_and_is_named(string line, string code, string? field, string message)
    {
        var id = await _api.CreateBatchAsync(BatchCalls.Line("first", "m"), "", line);
        var batch = await _api.BatchAsync(id, "failed");
        var error = Assert.Single(batch.GetProperty("errors").GetProperty("data").EnumerateArray());
        Assert.Equal(
            (code, field, message, 3), (error.Text("code"), error.GetProperty("param").GetString(), error.Text("message"), error.GetProperty("line").GetInt32()));
        Assert.Equal((0, 0, 0), batch.Counts());
        Assert.Equal(
            (JsonValueKind.Number, JsonValueKind.Null), (batch.GetProperty("failed_at").ValueKind, batch.GetProperty("output_file_id").ValueKind));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_and_a_file_of_blank_lines_are_told()
    {
        Assert.Equal("invalid_json_line", await CodeAsync([0xFF, 0xFE, .. "{}"u8]));
        Assert.Equal("empty_file", await CodeAsync("\n \r\n\n"u8.ToArray()));
        Assert.Equal("line_too_long", await CodeAsync(Encoding.ASCII.GetBytes($$"""{"custom_id":"{{new string('x', 8 * 1024 * 1024)}}"}""")));
    }

    [Fact]
    public async Task Of_many_faults_the_first_hundred_are_told()
    {
        var batch = await _api.BatchAsync(await _api.CreateBatchAsync([.. Enumerable.Repeat("no", 150)]), "failed");
        Assert.Equal(Enumerable.Range(1, 100), batch.GetProperty("errors").GetProperty("data").EnumerateArray().Select(error => error.GetProperty("line").GetInt32()));
    }

    [Fact]
    public async Task A_model_that_nobody_serves_fails_the_batch()
    {
        await using var api = await RunningApi.StartAsync(stores);
        await api.ReportAsync("w1", ["known"]);
        using var meter = new MeterRecorder("AiPlatform.Api", api.Get<IMeterFactory>());
        var batch = await api.BatchAsync(await api.CreateBatchAsync(BatchCalls.Line("a", "unknown")), "failed");
        await Eventually.That(() => Assert.Equal(1, meter.Sum("aiplatform.batch.ended", ("status", "failed"))), TestContext.Current.CancellationToken);
        var error = Assert.Single(batch.GetProperty("errors").GetProperty("data").EnumerateArray());
        Assert.Equal(("model_not_found", "body.model"), (error.Text("code"), error.Text("param")));
    }

    [Fact]
    public async Task What_is_wrong_with_a_new_batch_is_told_by_field()
    {
        var file = await _api.UploadAsync("{}");
        await IsRefusedAsync(BatchCalls.Create("file-x"), "input_file_id", "input_file_id 'file-x' is not the id of a file that is here.");
        await IsRefusedAsync(BatchCalls.Create(file).Replace("24h", "48h", StringComparison.Ordinal), "completion_window", "completion_window '48h' is not allowed; allowed: 24h.");
        await IsRefusedAsync(BatchCalls.Create(file).Replace("/v1/chat/completions", "/v1/audio", StringComparison.Ordinal), "endpoint",
            "endpoint '/v1/audio' is not allowed; allowed: /v1/chat/completions, /v1/embeddings.");
        await IsRefusedAsync(BatchCalls.Create(file, ""","metadata":{"n":1}"""), "metadata.n", "metadata.n must be a string, not a number.");
        await IsRefusedAsync(BatchCalls.Create(file, ""","output_expires_after":{"anchor":"now","seconds":3600}"""), "output_expires_after.anchor",
            "output_expires_after.anchor 'now' is not allowed; allowed: created_at.");
        await IsRefusedAsync("{}", "input_file_id", "input_file_id is required. endpoint is required. completion_window is required.");
    }

    async Task IsRefusedAsync(string body, string field, string message) =>
        (await _api.PostAsync(BatchCalls.Batches, body)).IsOpenAiError(422, "invalid_request_error", "invalid", field, message);

    async Task<string> CodeAsync(byte[] content)
    {
        var file = (await _api.UploadAsync(content)).Text("id");
        var id = (await _api.PostAsync(BatchCalls.Batches, BatchCalls.Create(file))).Json.Text("id");
        var errors = (await _api.BatchAsync(id, "failed")).GetProperty("errors").GetProperty("data");
        return Assert.Single(errors.EnumerateArray()).Text("code");
    }
}
