using System.Text;
using System.Text.Json;
using AiPlatform.Api.Tests.OpenAi;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using StackExchange.Redis;

namespace AiPlatform.Api.Tests;

/// <summary>API processes that are killed while callers are connected to them: callers go on at another process, and miss nothing.</summary>
public sealed class ApiCrashTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_resumes_after_the_API_that_served_it_was_killed()
    {
        await using var worker = await RunningApi.StartAsync(stores);
        await using var first = await ApiProcess.StartAsync(stores, worker.Schema);
        await using var second = await ApiProcess.StartAsync(stores, worker.Schema);
        var id = await worker.CreateAsync("told");
        var claim = await ClaimAsync(worker, "told");
        List<int> seen = [];
        string? last = null;

        await AppendAsync(worker, claim, 0, 50);
        await using (var cut = await ServerEvents.OpenAsync(first.Http, id))
        {
            while (seen.Count < 20)
                await ReadAsync(cut);
            await first.KillAsync();
            await Assert.ThrowsAnyAsync<IOException>(async () =>
            {
                while (true)
                    await ReadAsync(cut);
            });
        }
        await AppendAsync(worker, claim, 50, 100);

        await using var resumed = await ServerEvents.OpenAsync(second.Http, id, last);
        while (seen.Count < 100)
            await ReadAsync(resumed);
        await AppendAsync(worker, claim, 100, 150);
        await worker.Queue.CompleteAsync(JobFence.Of(claim), JsonElement.Parse("""{"n":150}"""), Ct);
        JsonElement? end = null;
        while (await resumed.NextAsync() is { } entry)
        {
            end = entry.Data;
            Note(entry);
        }

        Assert.Equal(Enumerable.Range(0, 150), seen);
        Assert.Equal(("completed", 150), (end!.Value.GetProperty("status").GetString(), end.Value.GetProperty("result").GetProperty("n").GetInt32()));

        async Task ReadAsync(ServerEvents events) =>
            Note(await events.NextAsync() ?? throw new InvalidOperationException($"The stream ended after {seen.Count} tokens."));

        void Note((string Type, string? Id, JsonElement Data) entry)
        {
            last = entry.Id ?? last;
            if (entry.Type == JobEventTypes.Token)
                seen.Add(entry.Data.GetProperty("n").GetInt32());
        }
    }

    [Fact]
    public async Task Who_waited_at_a_killed_API_gets_the_result_from_another()
    {
        await using var worker = await RunningApi.StartAsync(stores);
        await using var first = await ApiProcess.StartAsync(stores, worker.Schema);
        await using var second = await ApiProcess.StartAsync(stores, worker.Schema);
        var id = await worker.CreateAsync("awaited");
        var waiting = first.Http.GetAsync($"/api/v1/jobs/{id}?wait=60s", Ct);
        await ListenedToAsync(worker, id);

        await first.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => waiting);

        var again = second.Http.GetAsync($"/api/v1/jobs/{id}?wait=60s", Ct);
        await ListenedToAsync(worker, id);
        await worker.Queue.CompleteAsync(JobFence.Of(await ClaimAsync(worker, "awaited")), JsonElement.Parse("[1]"), Ct);
        using var response = await again;
        var answer = await Answer.ReadAsync(response, Ct);
        Assert.Equal((200, "completed", "[1]"),
            (answer.Status, answer.Json.GetProperty("status").GetString(), answer.Json.GetProperty("result").GetRawText()));
    }

    [Fact]
    public async Task A_chat_at_a_killed_API_is_answered_by_another_under_the_same_key()
    {
        await using var worker = await RunningApi.StartAsync(stores);
        await using var first = await ApiProcess.StartAsync(stores, worker.Schema);
        await using var second = await ApiProcess.StartAsync(stores, worker.Schema);
        var asked = ChatAsync(first);
        var job = await ClaimAsync(worker, "llm_chat");

        await first.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => asked);

        var again = ChatAsync(second);
        await worker.Queue.CompleteAsync(JobFence.Of(job), JsonElement.Parse("""{"content":"Hi"}"""), Ct);
        using var response = await again;
        Assert.Equal((200, """{"content":"Hi"}"""), ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Ct)));
        Assert.Equal(1, (await worker.Queue.StatsAsync(JobScope.All, Ct)).ByStatus.Values.Sum());
    }

    [Fact]
    public async Task A_retry_of_an_OpenAI_stream_at_a_killed_API_joins_its_job_at_another()
    {
        await using var worker = await RunningApi.StartAsync(stores);
        await using var first = await ApiProcess.StartAsync(stores, worker.Schema);
        await using var second = await ApiProcess.StartAsync(stores, worker.Schema);
        var opening = OpenAiCalls.OpenAsync(first.Http, OpenAiCalls.Question("m", stream: true), ("x-stainless-retry-count", "0"));
        var job = await ModelWorker.TakeAsync(worker, "m");
        await ModelWorker.SayAsync(worker, job, "Hi");
        using (var cut = await opening)
        {
            await first.KillAsync();
            Assert.False((await OpenAiCalls.ReadAsync(cut)).IsWhole);
        }

        using var again = await OpenAiCalls.OpenAsync(second.Http, OpenAiCalls.Question("m", stream: true), ("x-stainless-retry-count", "1"));
        await ModelWorker.SayAsync(worker, job, " there");
        await ModelWorker.FinishAsync(worker, job, "Hi there");
        var (text, isWhole) = await OpenAiCalls.ReadAsync(again);
        Assert.Equal(("Hi there", true), (OpenAiCalls.Said(text), isWhole));
        Assert.Equal(1, (await worker.Queue.StatsAsync(JobScope.All, Ct)).ByStatus.Values.Sum());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_asked_at_a_killed_API_by_a_client_that_does_not_say_that_it_retries_is_not_run_twice(bool endsBefore)
    {
        await using var worker = await RunningApi.StartAsync(stores);
        await using var first = await ApiProcess.StartAsync(stores, worker.Schema);
        await using var second = await ApiProcess.StartAsync(stores, worker.Schema);
        var asked = OpenAiCalls.OpenAsync(first.Http, OpenAiCalls.Question("m"), ("x-stainless-lang", "csharp"));
        var job = await ModelWorker.TakeAsync(worker, "m");
        await first.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => asked);
        if (endsBefore)
            await ModelWorker.FinishAsync(worker, job, "Hi");
        // Redis sees the end of the process' connections in its own time, as a client waits before it asks again.
        await Eventually.That(async () => Assert.False(await worker.Queue.IsAwaitedAsync(job.Id)), Ct);

        var again = OpenAiCalls.OpenAsync(second.Http, OpenAiCalls.Question("m"), ("x-stainless-lang", "csharp"));
        if (!endsBefore)
            await ModelWorker.FinishAsync(worker, job, "Hi");
        using var response = await again;
        Assert.Equal((200, job.Id.ToString()), ((int)response.StatusCode, Assert.Single(response.Headers.GetValues("X-Job-Id"))));
        Assert.Equal(1, (await worker.Queue.StatsAsync(JobScope.All, Ct)).ByStatus.Values.Sum());
    }

    [Fact]
    public async Task A_pause_that_was_answered_holds_after_its_API_was_killed()
    {
        await using var other = await RunningApi.StartAsync(stores);
        await using (var first = await ApiProcess.StartAsync(stores, other.Schema))
        {
            using var paused = await first.Http.PostAsync("/queue/pause?task_type=halted", null, Ct);
            paused.EnsureSuccessStatusCode();
            await first.KillAsync();
        }
        await other.CreateAsync("halted");
        Assert.Empty(await TryClaimAsync(other, "halted", TimeSpan.FromSeconds(1)));
        await other.PostAsync("/queue/resume?task_type=halted");
        Assert.Single(await TryClaimAsync(other, "halted", TimeSpan.FromSeconds(20)));
    }

    static async Task<HttpResponseMessage> ChatAsync(ServiceProcess api)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/chat");
        request.Content = new StringContent("""{"user":"Hello"}""", Encoding.UTF8, "application/json");
        request.Headers.Add("Idempotency-Key", "once");
        return await api.Http.SendAsync(request, Ct);
    }

    /// <summary>Until exactly one process hears the bell of the job; Redis knows when a killed one no longer does.</summary>
    static Task ListenedToAsync(RunningApi api, Guid id) => Eventually.That(
        async () =>
        {
            var redis = api.Get<IConnectionMultiplexer>().GetDatabase();
            var answer = (RedisResult[])(await redis.ExecuteAsync("PUBSUB", "NUMSUB", $"{{{api.Schema}}}:bell:{id}"))!;
            Assert.Equal(1, (int)answer[1]);
        },
        Ct);

    static async Task AppendAsync(RunningApi worker, ClaimedJob claim, int from, int to)
    {
        for (var n = from; n < to; n++)
            await ModelWorker.AppendAsync(worker, claim, JsonElement.Parse($$"""{"n":{{n}}}"""));
    }

    static async Task<ClaimedJob> ClaimAsync(RunningApi worker, string taskType) =>
        Assert.Single(await TryClaimAsync(worker, taskType, TimeSpan.FromSeconds(20)));

    static Task<IReadOnlyList<ClaimedJob>> TryClaimAsync(RunningApi worker, string taskType, TimeSpan wait) =>
        worker.Queue.ClaimAsync(new ClaimRequest("w", [taskType], [], 1, TimeSpan.FromMinutes(5), wait), Ct);
}
