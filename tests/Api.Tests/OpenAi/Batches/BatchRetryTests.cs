using Npgsql;

namespace AiPlatform.Api.Tests.OpenAi;

/// <summary>A batch is not run twice because its client asked twice.</summary>
public sealed class BatchRetryTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    [Fact]
    public async Task The_same_key_from_the_same_owner_makes_one_batch()
    {
        var body = BatchCalls.Create(await _api.UploadAsync(BatchCalls.Line("a", "keyed")), ""","metadata":{"run":"1"}""");
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CreateAsync(body, ("Idempotency-Key", "k"))));
        var id = Assert.Single(answers.Select(answer => answer.Json.Text("id")).Distinct());
        Assert.NotEqual(id, (await CreateAsync(body, ("Idempotency-Key", "k"), ("X-Owner-Service", "another"))).Json.Text("id"));
        (await CreateAsync(body.Replace("\"1\"", "\"2\"", StringComparison.Ordinal), ("Idempotency-Key", "k"))).IsOpenAiError(409, "invalid_request_error",
            "idempotency_conflict", null, "The same owner used this idempotency key for another batch. Nothing was created.");
    }

    [Fact]
    public async Task A_retry_that_says_so_has_the_batch_of_the_first_call()
    {
        var body = BatchCalls.Create(await _api.UploadAsync(BatchCalls.Line("a", "retried")));
        var first = (await CreateAsync(body, ("x-stainless-retry-count", "0"))).Json.Text("id");
        Assert.Equal(first, (await CreateAsync(body, ("x-stainless-retry-count", "1"))).Json.Text("id"));
        Assert.NotEqual(first, (await CreateAsync(body, ("x-stainless-retry-count", "0"))).Json.Text("id"));
        Assert.NotEqual(first, (await CreateAsync(BatchCalls.Create(await _api.UploadAsync("{}")), ("x-stainless-retry-count", "1"))).Json.Text("id"));
    }

    [Fact]
    public async Task A_retry_of_a_client_that_does_not_say_so_is_one_for_as_long_as_it_retries()
    {
        var body = BatchCalls.Create(await _api.UploadAsync(BatchCalls.Line("a", "unmarked")));
        var first = (await CreateAsync(body, ("X-Stainless-Lang", "csharp"))).Json.Text("id");
        Assert.Equal(first, (await CreateAsync(body, ("X-Stainless-Lang", "csharp"))).Json.Text("id"));
        Assert.NotEqual(first, (await CreateAsync(body)).Json.Text("id"));
        await using (var command = _api.Get<NpgsqlDataSource>().CreateCommand("update batch set created_at = now() - interval '31 s'"))
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(first, (await CreateAsync(body, ("X-Stainless-Lang", "csharp"))).Json.Text("id"));
    }

    [Fact]
    public async Task The_same_key_finds_the_batch_whose_input_is_gone()
    {
        var file = await _api.UploadAsync("no");
        var first = (await CreateAsync(BatchCalls.Create(file), ("Idempotency-Key", "gone"))).Json.Text("id");
        await _api.BatchAsync(first, "failed");
        Assert.Equal(200, (await _api.SendAsync(HttpMethod.Delete, $"{FileCalls.Files}/{file}")).Status);
        Assert.Equal(first, (await CreateAsync(BatchCalls.Create(file), ("Idempotency-Key", "gone"))).Json.Text("id"));
        Assert.Equal(409, (await CreateAsync(BatchCalls.Create("file-x"), ("Idempotency-Key", "gone"))).Status);
        Assert.Equal(422, (await CreateAsync(BatchCalls.Create(file), ("Idempotency-Key", "another"))).Status);
    }

    Task<Answer> CreateAsync(string body, params (string Name, string Value)[] headers) => _api.PostAsync(BatchCalls.Batches, body, headers);
}
