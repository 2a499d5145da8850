using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Text.Json;
using AiPlatform.Testing;
using OpenAI.Batch;
using OpenAI.Files;

namespace AiPlatform.Api.Tests.OpenAi;

#pragma warning disable OPENAI001 // Batches are marked as experimental in this client.

/// <summary>Files and batches through OpenAI's own client for .NET.</summary>
public sealed class BatchSdkTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static RequestOptions Cancelled => new() { CancellationToken = Ct };

    [Fact]
    public async Task A_batch_goes_from_its_file_to_its_answers()
    {
        var (files, batches) = Clients();
        OpenAIFile file = await files.UploadFileAsync(
            new MemoryStream([.. System.Text.Encoding.UTF8.GetBytes($"{BatchCalls.Line("a", "sdk", "one")}\n{BatchCalls.Line("b", "sdk", "two")}\n")]),
            "input.jsonl", FileUploadPurpose.Batch, Ct);
        var operation = await batches.CreateBatchAsync(BinaryContent.Create(BinaryData.FromString(BatchCalls.Create(file.Id))), waitUntilCompleted: false, Cancelled);
        await BatchCalls.AnswerAsync(_api, "sdk", 2);
        JsonElement batch = default;
        await Eventually.That(async () =>
        {
            batch = JsonElement.Parse((await operation.GetBatchAsync(Cancelled)).GetRawResponse().Content.ToMemory().Span);
            Assert.Equal("completed", batch.Text("status"));
        }, Ct);

        BinaryData output = await files.DownloadFileAsync(batch.Text("output_file_id"), Ct);
        Assert.Equal(["a", "b"], output.ToString().TrimEnd().Split('\n').Select(line => JsonElement.Parse(line).Text("custom_id")).Order());
        Assert.Contains((await files.GetFilesAsync(Ct)).Value, one => one.Id == file.Id && one.Purpose == FilePurpose.Batch);
        Assert.True((await files.DeleteFileAsync(file.Id, Ct)).Value.Deleted);
    }

    [Fact]
    public async Task A_batch_is_cancelled_and_what_is_wrong_is_thrown()
    {
        var (files, batches) = Clients();
        OpenAIFile file = await files.UploadFileAsync(BinaryData.FromString(BatchCalls.Line("a", "sdk-cancel")), "input.jsonl", FileUploadPurpose.Batch);
        var operation = await batches.CreateBatchAsync(BinaryContent.Create(BinaryData.FromString(BatchCalls.Create(file.Id))), waitUntilCompleted: false, Cancelled);
        await operation.CancelAsync(Cancelled);
        await _api.BatchAsync(operation.BatchId, "cancelled");

        var refused = await Assert.ThrowsAsync<ClientResultException>(() => files.GetFileAsync("file-0", Ct));
        Assert.Equal((404, "HTTP 404 (invalid_request_error: not_found)\n\nThere is no file 'file-0'."), (refused.Status, refused.Message.ReplaceLineEndings("\n")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_batch_whose_first_answer_is_lost_is_made_once(bool isCut)
    {
        using var losing = new LosingHandler(isCut);
        using var http = new HttpClient(losing);
        var (files, _) = Clients();
        OpenAIFile file = await files.UploadFileAsync(BinaryData.FromString(BatchCalls.Line("a", "sdk-lost")), "input.jsonl", FileUploadPurpose.Batch);
        var batches = new BatchClient(new ApiKeyCredential("none"), new BatchClientOptions
        {
            Endpoint = new Uri(_api.Http.BaseAddress!, "v1"),
            Transport = new HttpClientPipelineTransport(http),
        });
        var operation = await batches.CreateBatchAsync(BinaryContent.Create(BinaryData.FromString(BatchCalls.Create(file.Id))), waitUntilCompleted: false, Cancelled);
        Assert.Equal([operation.BatchId], losing.Lost);
        var made = (await _api.GetAsync(BatchCalls.Batches)).Json.GetProperty("data").EnumerateArray().Where(batch => batch.Text("input_file_id") == file.Id);
        Assert.Equal(operation.BatchId, Assert.Single(made).Text("id"));
    }

    /// <summary>Loses the first answer, after the server has given it.</summary>
    sealed class LosingHandler(bool isCut) : DelegatingHandler(new SocketsHttpHandler())
    {
        public List<string> Lost { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            if (Lost.Count > 0)
                return answer;
            Lost.Add(JsonElement.Parse(await answer.Content.ReadAsStringAsync(cancellationToken)).Text("id"));
            answer.Dispose();
            return isCut ? throw new HttpRequestException("The connection was closed.") : new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        }
    }

    (OpenAIFileClient Files, BatchClient Batches) Clients()
    {
        var options = new BatchClientOptions { Endpoint = new Uri(_api.Http.BaseAddress!, "v1"), RetryPolicy = new ClientRetryPolicy(0) };
        return (new OpenAIFileClient(new ApiKeyCredential("none"), OpenAiCalls.Options(_api)), new BatchClient(new ApiKeyCredential("none"), options));
    }
}
