using System.Globalization;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using Npgsql;

namespace AiPlatform.Api.Tests.OpenAi;

public sealed class BatchTests(ApiFixture fixture, Stores stores) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_request_is_answered_in_the_output_file()
    {
        var file = await _api.UploadAsync(BatchCalls.Line("a", "whole", "one"), "", BatchCalls.Line("b", "whole", "two"), BatchCalls.Line("c", "whole", "three") + "\r", "");
        var created = (await _api.PostAsync(BatchCalls.Batches, BatchCalls.Create(file, ""","metadata":{"run":"7"}"""))).Json;
        Assert.Equal(
            ("batch", "/v1/chat/completions", file, "24h", "7", 24 * 3600),
            (created.Text("object"), created.Text("endpoint"), created.Text("input_file_id"), created.Text("completion_window"),
                created.GetProperty("metadata").Text("run"), created.GetProperty("expires_at").GetInt64() - created.GetProperty("created_at").GetInt64()));

        await BatchCalls.AnswerAsync(_api, "whole", 3);
        var batch = await _api.BatchAsync(created.Text("id"), "completed");
        Assert.Equal((3, 3, 0), batch.Counts());
        Assert.Equal(JsonValueKind.Null, batch.GetProperty("error_file_id").ValueKind);
        Assert.All(["in_progress_at", "finalizing_at", "completed_at"], time => Assert.Equal(JsonValueKind.Number, batch.GetProperty(time).ValueKind));
        var lines = await _api.Http.LinesAsync(batch, "output_file_id");
        Assert.Equal(["a Re: one", "b Re: two", "c Re: three"], lines.Values.Select(Said).Order());
        Assert.All(lines.Values, line => Assert.Equal((200, JsonValueKind.Null, "chat.completion"),
            (line.GetProperty("response").GetProperty("status_code").GetInt32(), line.GetProperty("error").ValueKind,
                line.GetProperty("response").GetProperty("body").Text("object"))));
        var output = (await _api.GetAsync($"{FileCalls.Files}/{batch.Text("output_file_id")}")).Json;
        Assert.Equal(("batch_output", "batch_output.jsonl"), (output.Text("purpose"), output.Text("filename")));
    }

    [Fact]
    public async Task Requests_are_jobs_of_priority_low_with_the_owner_of_the_batch_and_its_end_as_deadline()
    {
        var file = await _api.UploadAsync(BatchCalls.Line("a", "owned", more: ""","metadata":{"aiplatform_priority":"high","aiplatform_deadline":"soon","aiplatform_unknown":7,"mine":"kept"},"top_k":3"""));
        var batch = (await _api.PostAsync(BatchCalls.Batches, BatchCalls.Create(file), ("X-Owner-Service", "reports"), ("X-Owner-Ref", "r-1"))).Json;
        var job = await ModelWorker.TakeAsync(_api, "owned");
        Assert.Equal(
            ("reports", "r-1", JobPriority.Low, 100, batch.GetProperty("expires_at").GetInt64()),
            (job.OwnerService, job.OwnerRef, job.Priority, job.MaxAttempts, job.Deadline!.Value.ToUnixTimeSeconds()));
        Assert.Equal("""{"messages":[{"role":"user","content":"Hello"}],"top_k":3,"metadata":{"mine":"kept"}}""", job.Input!.Value.GetRawText());
        await ModelWorker.FinishAsync(_api, job, "Hi");
        await _api.BatchAsync(batch.Text("id"), "completed");
    }

    [Fact]
    public async Task A_request_that_fails_is_in_the_error_file_with_the_answer_it_got()
    {
        var id = await _api.CreateBatchAsync(BatchCalls.Line("good", "half"), BatchCalls.Line("bad", "half"));
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var job = await ModelWorker.TakeAsync(_api, "half");
            if (job.Id == (await FirstJobAsync(id, "bad")))
                await ModelWorker.FailAsync(_api, job, ErrorCategories.ProviderRejected, "No such voice.");
            else
                await ModelWorker.FinishAsync(_api, job, "Hi");
        }
        var batch = await _api.BatchAsync(id, "completed");
        Assert.Equal((2, 1, 1), batch.Counts());
        Assert.Equal(["good"], (await _api.Http.LinesAsync(batch, "output_file_id")).Keys);
        var line = Assert.Single(await _api.Http.LinesAsync(batch, "error_file_id"));
        var response = line.Value.GetProperty("response");
        Assert.Equal(
            ("bad", 502, "provider_error", "No such voice.", JsonValueKind.Null),
            (line.Key, response.GetProperty("status_code").GetInt32(), response.GetProperty("body").GetProperty("error").Text("code"),
                response.GetProperty("body").GetProperty("error").Text("message"), line.Value.GetProperty("error").ValueKind));
    }

    [Fact]
    public async Task A_cancelled_batch_keeps_what_has_ended_and_names_the_rest()
    {
        var id = await _api.CreateBatchAsync(BatchCalls.Line("a", "called-off"), BatchCalls.Line("b", "called-off"), BatchCalls.Line("c", "called-off"));
        await BatchCalls.AnswerAsync(_api, "called-off", 1);
        var running = await ModelWorker.TakeAsync(_api, "called-off");
        var cancelled = await _api.PostAsync($"{BatchCalls.Batches}/{id}/cancel");
        Assert.Equal(200, cancelled.Status);
        Assert.Contains(cancelled.Json.Text("status"), (string[])["cancelling", "cancelled"]);

        var batch = await _api.BatchAsync(id, "cancelled");
        Assert.Equal((3, 1, 2), batch.Counts());
        Assert.All(["cancelling_at", "cancelled_at"], time => Assert.Equal(JsonValueKind.Number, batch.GetProperty(time).ValueKind));
        Assert.Equal(JobStatus.Cancelled, (await _api.Queue.GetAsync(JobScope.All, running.Id, Ct))!.Status);
        var (output, errors) = (await _api.Http.LinesAsync(batch, "output_file_id"), await _api.Http.LinesAsync(batch, "error_file_id"));
        Assert.Equal(["a", "b", "c"], output.Keys.Concat(errors.Keys).Order());
        Assert.All(errors.Values, line => Assert.Equal((JsonValueKind.Null, "batch_cancelled"), (line.GetProperty("response").ValueKind, line.GetProperty("error").Text("code"))));
        Assert.Equal(200, (await _api.PostAsync($"{BatchCalls.Batches}/{id}/cancel")).Status);
    }

    [Fact]
    public async Task A_batch_whose_time_is_over_keeps_what_has_ended_and_names_the_rest()
    {
        var id = await _api.CreateBatchAsync(BatchCalls.Line("a", "late"), BatchCalls.Line("b", "late"), BatchCalls.Line("c", "late"));
        await BatchCalls.AnswerAsync(_api, "late", 1);
        var running = await ModelWorker.TakeAsync(_api, "late");
        await ExecuteAsync($"update batch set expires_at = now() where id = '{Key(id)}'");

        var batch = await _api.BatchAsync(id, "expired");
        Assert.Equal((3, 1, 2), batch.Counts());
        Assert.Equal(JsonValueKind.Number, batch.GetProperty("expired_at").ValueKind);
        Assert.Equal(JobStatus.Cancelled, (await _api.Queue.GetAsync(JobScope.All, running.Id, Ct))!.Status);
        Assert.Single(await _api.Http.LinesAsync(batch, "output_file_id"));
        Assert.All((await _api.Http.LinesAsync(batch, "error_file_id")).Values, line => Assert.Equal(
            ("batch_expired", "This request could not be executed before the completion window expired."),
            (line.GetProperty("error").Text("code"), line.GetProperty("error").Text("message"))));
    }

    [Fact]
    public async Task A_large_batch_does_not_fill_the_queue_and_ends_of_jobs_let_more_in()
    {
        var id = await _api.CreateBatchAsync([.. Enumerable.Range(0, 2_010).Select(line => BatchCalls.Line($"{line}", "large"))]);
        await GivenAsync(2_000);
        await BatchCalls.AnswerAsync(_api, "large", 5);
        await GivenAsync(2_005);
        await _api.PostAsync($"{BatchCalls.Batches}/{id}/cancel");
        var batch = await _api.BatchAsync(id, "cancelled");
        Assert.Equal((2_010, 5, 2_005), batch.Counts());
        Assert.Equal((5, 2_005), ((await _api.Http.LinesAsync(batch, "output_file_id")).Count, (await _api.Http.LinesAsync(batch, "error_file_id")).Count));

        Task GivenAsync(int lines) => Eventually.That(
            async () => Assert.Equal(lines, await ScalarAsync<int>($"select given from batch where id = '{Key(id)}'")), Ct);
    }

    [Fact]
    public async Task A_file_that_a_batch_reads_cannot_be_removed_until_it_has_ended()
    {
        var id = await _api.CreateBatchAsync(BatchCalls.Line("a", "in-use"));
        var file = (await _api.BatchAsync(id)).Text("input_file_id");
        (await _api.SendAsync(HttpMethod.Delete, $"{FileCalls.Files}/{file}")).IsOpenAiError(
            409, "invalid_request_error", "invalid_state", null, $"A batch that has not ended reads the file '{file}'; cancel that first.");
        await BatchCalls.AnswerAsync(_api, "in-use", 1);
        await _api.BatchAsync(id, "completed");
        Assert.Equal(200, (await _api.SendAsync(HttpMethod.Delete, $"{FileCalls.Files}/{file}")).Status);
        (await _api.PostAsync($"{BatchCalls.Batches}/{id}/cancel")).IsOpenAiError(409, "invalid_request_error", "invalid_state", null,
            $"Batch {id} is completed; only validating and in_progress batches can be cancelled.");
    }

    [Fact]
    public async Task Batches_are_listed_by_owner_newest_first_in_pages()
    {
        await using var api = await RunningApi.StartAsync(stores);
        var file = await api.UploadAsync(BatchCalls.Line("a", "listed"));
        List<string> ids = [];
        foreach (var owner in (string[])["one", "one", "two", "one"])
            ids.Add((await api.PostAsync(BatchCalls.Batches, BatchCalls.Create(file), ("X-Owner-Service", owner))).Json.Text("id"));

        Assert.Equal((true, $"{ids[3]} {ids[1]}"), await PageAsync("limit=2"));
        Assert.Equal((false, ids[0]), await PageAsync($"limit=2&after={ids[1]}"));
        Assert.Equal(4, (await api.GetAsync(BatchCalls.Batches)).Json.GetProperty("data").GetArrayLength());
        (await api.GetAsync($"{BatchCalls.Batches}?limit=101")).IsOpenAiError(422, "invalid_request_error", "invalid", "limit",
            "limit '101' is not allowed; allowed: whole numbers from 1 to 100.");
        (await api.GetAsync($"{BatchCalls.Batches}/batch_x")).IsOpenAiError(404, "invalid_request_error", "not_found", null, "There is no batch 'batch_x'.");

        async Task<(bool HasMore, string Ids)> PageAsync(string query)
        {
            var page = (await api.SendAsync(HttpMethod.Get, $"{BatchCalls.Batches}?{query}", null, ("X-Owner-Service", "one"))).Json;
            return (page.GetProperty("has_more").GetBoolean(), string.Join(' ', page.GetProperty("data").EnumerateArray().Select(batch => batch.Text("id"))));
        }
    }

    static string Said(JsonElement line) =>
        $"{line.Text("custom_id")} {line.GetProperty("response").GetProperty("body").GetProperty("choices")[0].GetProperty("message").Text("content")}";

    static string Key(string batch) => Guid.ParseExact(batch["batch_".Length..], "N").ToString("D", CultureInfo.InvariantCulture);

    Task<Guid> FirstJobAsync(string batch, string customId) =>
        ScalarAsync<Guid>($"select job_id from batch_line where batch_id = '{Key(batch)}' and custom_id = '{customId}'");

    async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _api.Get<NpgsqlDataSource>().CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Ct))!;
    }

    async Task ExecuteAsync(string sql)
    {
        await using var command = _api.Get<NpgsqlDataSource>().CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }
}
