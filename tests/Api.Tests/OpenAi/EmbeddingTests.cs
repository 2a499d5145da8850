using System.ClientModel;
using System.Runtime.InteropServices;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using OpenAI.Embeddings;
using static AiPlatform.Api.Tests.OpenAi.OpenAiCalls;

namespace AiPlatform.Api.Tests.OpenAi;

/// <summary>Embeddings as OpenAI's own client for .NET sees them, and what stands on the wire. Each test has a model profile of its own.</summary>
public sealed class EmbeddingTests(ApiFixture fixture, Stores stores) : IClassFixture<ApiFixture>
{
    const string Embeddings = "/v1/embeddings";
    const string Invalid = "invalid_request_error";

    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenAIs_client_has_its_vectors()
    {
        var asked = Client("sdk").GenerateEmbeddingsAsync(["one", "two"], new EmbeddingGenerationOptions { Dimensions = 2, EndUserId = "u7" }, Ct);
        var job = await TakeAsync("sdk");
        await FinishAsync(job, [0.5f, -2], [1, 0.1f]);
        var answer = (await asked).Value;
        Assert.Equal([0.5f, -2], answer[0].ToFloats().ToArray());
        Assert.Equal([1, 0.1f], answer[1].ToFloats().ToArray());
        Assert.Equal(("served", 7, 7), (answer.Model, answer.Usage.InputTokenCount, answer.Usage.TotalTokenCount));
        Assert.Equal(
            ("embedding", "sdk", """{"user":"u7","input":["one","two"],"dimensions":2}"""), (job.TaskType, job.ModelProfile, job.Input!.Value.GetRawText()));
    }

    [Fact]
    public async Task And_those_of_token_ids()
    {
        var asked = Client("tokens").GenerateEmbeddingsAsync([new ReadOnlyMemory<int>([1, 2, 3])], cancellationToken: Ct);
        var job = await TakeAsync("tokens");
        await FinishAsync(job, [1]);
        var answer = (await asked).Value;
        Assert.Equal([1], Assert.Single(answer).ToFloats().ToArray());
        Assert.Equal("[[1,2,3]]", job.Input!.Value.GetProperty("input").GetRawText().Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_batch_answers_them_with_numbers()
    {
        const string line = """{"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{"model":"batched","input":"one"}}""";
        var id = await BatchOfAsync(line);
        await FinishAsync(await TakeAsync("batched"), [0.5f, -2]);
        var answers = await _api.Http.LinesAsync(await _api.BatchAsync(id, "completed"), "output_file_id");
        Assert.Equal("[0.5,-2]", answers["a"].GetProperty("response").GetProperty("body").GetProperty("data")[0].GetProperty("embedding").GetRawText());

        var refused = await _api.BatchAsync(await BatchOfAsync(line.Replace("\"one\"", "\"one\",\"encoding_format\":\"base64\"", StringComparison.Ordinal)), "failed");
        Assert.Equal("body.encoding_format", Assert.Single(refused.GetProperty("errors").GetProperty("data").EnumerateArray()).Text("param"));
    }

    [Theory]
    [InlineData("", "[0.5,-2,0.1]")]
    [InlineData(""","encoding_format":"float" """, "[0.5,-2,0.1]")]
    [InlineData(""","encoding_format":"base64" """, "\"AAAAPwAAAMDNzMw9\"")]
    public async Task The_answer_has_OpenAIs_form(string format, string embedding)
    {
        var profile = $"form{format.Length}";
        var asked = _api.PostAsync(Embeddings, $$$"""{"model":"{{{profile}}}","input":"one","metadata":{"aiplatform_owner_service":"search","a":1}{{{format}}}}""", ("X-Priority", "low"));
        var job = await TakeAsync(profile);
        await FinishAsync(job, [0.5f, -2, 0.1f]);
        var answer = await asked;
        Assert.Equal(
            (200, $$$"""{"object":"list","data":[{"object":"embedding","index":0,"embedding":{{{embedding}}}}],"model":"served","usage":{"prompt_tokens":7,"total_tokens":7}}"""),
            (answer.Status, answer.Text));
        Assert.Equal((job.Id.ToString(), "search"), (Assert.Single(answer.Headers.GetValues("X-Job-Id")), Assert.Single(answer.Headers.GetValues("X-Model-Group"))));
        Assert.Equal(("search", JobPriority.Low, """{"input":"one","metadata":{"a":1}}"""), (job.OwnerService, job.Priority, job.Input!.Value.GetRawText()));
    }

    [Theory]
    [InlineData("""{"input":"x"}""", "model", "model is required.")]
    [InlineData("""{"model":"m"}""", "input", "input is required.")]
    [InlineData("""{"model":"m","input":null}""", "input", "input must not be null.")]
    [InlineData("""{"model":"m","input":""}""", "input", "input must not be empty.")]
    [InlineData("""{"model":"m","input":[]}""", "input", "input must not be empty.")]
    [InlineData("""{"model":"m","input":true}""", "input",
        "input must be a string, an array of strings, an array of token ids, or an array of such arrays.")]
    [InlineData("""{"model":"m","input":["a",{}]}""", "input[1]", "input[1] must be a string, as the first entry is.")]
    [InlineData("""{"model":"m","input":"x","encoding_format":"int8"}""", "encoding_format",
        "encoding_format 'int8' is not allowed; allowed: float, base64.")]
    [InlineData("""{"model":"m","input":"x","dimensions":0}""", "dimensions", "dimensions 0 is not allowed; allowed: whole numbers from 1 to 65536.")]
    [InlineData("""{"model":"m","input":"x","metadata":[]}""", "metadata", "metadata must be an object, not an array.")]
    public async Task A_field_that_is_not_valid_is_named(string body, string param, string message) =>
        (await _api.PostAsync(Embeddings, body)).IsOpenAiError(422, Invalid, "invalid", param, message);

    [Fact]
    public async Task What_cannot_be_embedded_has_the_status_of_its_reason()
    {
        var asked = Client("refused").GenerateEmbeddingAsync("Hello", cancellationToken: Ct);
        await _api.Queue.FailAsync(
            JobFence.Of(await TakeAsync("refused")), new JobError("provider_rejected", "The model does not embed."), new FailOptions(Retry: false), Ct);
        var failure = await Assert.ThrowsAsync<ClientResultException>(() => asked);
        Assert.Equal(502, failure.Status);
        Assert.Contains("The model does not embed.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retry_has_the_answer_that_was_lost()
    {
        const string body = """{"model":"again","input":"one"}""";
        var asked = _api.PostAsync(Embeddings, body, ("x-stainless-retry-count", "0"));
        var job = await TakeAsync("again");
        await FinishAsync(job, [1]);
        var first = await asked;
        var second = await _api.PostAsync(Embeddings, body, ("x-stainless-retry-count", "1"));
        Assert.Equal((200, first.Text, job.Id.ToString()), (second.Status, second.Text, Assert.Single(second.Headers.GetValues("X-Job-Id"))));
    }

    [Fact]
    public async Task A_model_that_no_worker_embeds_with_is_404()
    {
        await using var api = await RunningApi.StartAsync(stores);
        await api.Get<WorkerDirectory>().ReportAsync(
            new WorkerReport
            {
                WorkerId = "w1",
                Kind = "llm",
                TaskTypes = ["llm_chat", "embedding"],
                ModelProfiles = ["default", "search"],
                Slots = 4,
                Running = [],
                Draining = false,
                Providers = [ChatTests.Provider(configured: true)],
                ReportedAt = TimeProvider.System.GetUtcNow(),
            },
            Ct);
        (await api.PostAsync(Embeddings, """{"model":"ada","input":"x"}""")).IsOpenAiError(
            404, Invalid, "model_not_found", "model", "No worker serves the profile 'ada'; served: default, search.");
    }

    EmbeddingClient Client(string profile) => new(profile, new ApiKeyCredential("none"), Options(_api));

    async Task<ClaimedJob> TakeAsync(string profile) => Assert.Single(await _api.Queue.ClaimAsync(
        new ClaimRequest("w", ["embedding"], [profile], 1, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60)), Ct));

    async Task FinishAsync(ClaimedJob job, params float[][] vectors) => await _api.Queue.CompleteAsync(
        JobFence.Of(job),
        JsonSerializer.SerializeToElement(
            new EmbeddingResult
            {
                Embeddings = [.. vectors.Select(vector => Convert.ToBase64String(MemoryMarshal.AsBytes<float>(vector)))],
                Dimensions = vectors[0].Length,
                Model = "served",
                Usage = JsonElement.Parse("""{"prompt_tokens":7,"total_tokens":7}"""),
                DurationMs = 5,
                Provider = "p",
                Attempts = 1,
                ModelGroup = "search",
            },
            ContractsJson.Default.EmbeddingResult),
        Ct);

    async Task<string> BatchOfAsync(string line)
    {
        var call = BatchCalls.Create(await _api.UploadAsync(line)).Replace("/v1/chat/completions", Embeddings, StringComparison.Ordinal);
        return (await _api.PostAsync(BatchCalls.Batches, call)).Json.Text("id");
    }
}
