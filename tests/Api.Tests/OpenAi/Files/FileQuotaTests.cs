using System.Globalization;
using AiPlatform.Api.OpenAi.Files;
using AiPlatform.Api.Tests.Audio;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests.OpenAi;

public sealed class FileQuotaTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void The_default_is_that_of_the_documentation() => Assert.Equal(10_737_418_240, new FileSettings().QuotaBytes);

    [Fact]
    public async Task An_owner_keeps_no_more_than_the_quota_however_many_uploads_come_at_once()
    {
        await using var api = await RunningApi.StartAsync(stores, "FILE_MAX_BYTES=1500000", "FILE_QUOTA_BYTES=2000000");
        await using var beside = await RunningApi.StartBesideAsync(stores, api.Schema, "FILE_MAX_BYTES=1500000", "FILE_QUOTA_BYTES=2000000");
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(upload => UploadAsync(upload % 2 == 0 ? api : beside, 700_000)));
        Assert.Equal([200, 200, 429, 429, 429, 429], answers.Select(answer => answer.Status).Order());

        var refused = await UploadAsync(api, 700_000);
        refused.IsOpenAiError(429, "rate_limit_error", "over_quota", null,
            "The owner 'full' keeps 1400000 bytes of files, and this would make it more than 2000000 (FILE_QUOTA_BYTES). Remove some, or wait until some has expired.");
        Assert.InRange(int.Parse(Assert.Single(refused.Headers.GetValues("Retry-After")), CultureInfo.InvariantCulture), 29 * 24 * 3600, 30 * 24 * 3600);
        Assert.Equal((2L, 2L), (await api.ScalarAsync<long>("select count(*) from stored_file"), await api.ScalarAsync<long>("select count(distinct file_id) from file_part")));

        // Audio has a quota of its own, and so has everybody else.
        await api.KeepAudioAsync(new byte[1_000_000], "full");
        await api.UploadAsync(new byte[1_500_000], ("X-Owner-Service", "another"));
        var kept = answers.First(answer => answer.Status == 200).Json.Text("id");
        Assert.Equal(200, (await api.SendAsync(HttpMethod.Delete, $"{FileCalls.Files}/{kept}")).Status);
        Assert.Equal(200, (await UploadAsync(api, 700_000)).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_upload_that_is_under_way_counts(bool isAnnounced)
    {
        await using var api = await RunningApi.StartAsync(stores, "FILE_MAX_BYTES=2000000", "FILE_QUOTA_BYTES=2000000");
        using var form = FileCalls.Form(null);
        var body = new HaltingContent(1_100_000, halt: 1_050_000, isAnnounced);
        form.Add(body, "file", "input.jsonl");
        var sending = api.SendAsync(HttpMethod.Post, FileCalls.Files, form, ("X-Owner-Service", "full"));
        await Eventually.That(async () => Assert.NotEqual(0L, await ReservedAsync(api)), Ct);
        Assert.Equal(429, (await UploadAsync(api, 1_500_000)).Status);
        body.GoOn();
        Assert.Equal(200, (await sending).Status);
        Assert.Equal(0L, await ReservedAsync(api));
        Assert.Equal(1L, await api.ScalarAsync<long>("select count(*) from stored_file"));
    }

    [Fact]
    public async Task What_batches_make_counts_and_a_batch_is_not_begun_where_there_is_no_room()
    {
        await using var api = await RunningApi.StartAsync(stores, "FILE_MAX_BYTES=1100", "FILE_QUOTA_BYTES=1200");
        var input = (await api.UploadAsync(System.Text.Encoding.UTF8.GetBytes(BatchCalls.Line("one", "quota", new string('x', 500))))).Text("id");
        var batch = await api.PostAsync(BatchCalls.Batches, BatchCalls.Create(input));
        Assert.Equal(200, batch.Status);
        await BatchCalls.AnswerAsync(api, "quota", 1);
        // Its output takes what is left and more, and is there all the same.
        Assert.Single(await api.Http.LinesAsync(await api.BatchAsync(batch.Json.Text("id"), "completed"), "output_file_id"));

        var second = await api.PostAsync(BatchCalls.Batches, BatchCalls.Create(input));
        Assert.Equal((429, "over_quota"), (second.Status, second.Json.GetProperty("error").Text("code")));
        var upload = await api.SendAsync(HttpMethod.Post, FileCalls.Files, FileCalls.Form("{}"u8.ToArray()));
        Assert.Equal((429, "over_quota"), (upload.Status, upload.Json.GetProperty("error").Text("code")));
        Assert.Equal(1L, await api.ScalarAsync<long>("select count(*) from batch"));
    }

    [Fact]
    public async Task A_quota_below_the_largest_file_stops_the_start()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => RunningApi.StartAsync(stores, "FILE_MAX_BYTES=5000", "FILE_QUOTA_BYTES=4999"));
        Assert.Contains("the quota must hold at least one file of FILE_MAX_BYTES.", failure.Message, StringComparison.Ordinal);
    }

    static Task<long> ReservedAsync(RunningApi api) => api.ScalarAsync<long>("select coalesce(sum(bytes), 0)::bigint from stored_file where reserved_until > now()");

    static Task<Answer> UploadAsync(RunningApi api, int bytes) =>
        api.SendAsync(HttpMethod.Post, FileCalls.Files, FileCalls.Form(new byte[bytes]), ("X-Owner-Service", "full"));
}
