using System.Globalization;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using StackExchange.Redis;

namespace AiPlatform.Api.Tests;

/// <summary>Plays the worker's part for one chat at a time.</summary>
static class ModelWorker
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<ClaimedJob> TakeAsync(RunningApi api, string profile) =>
        Assert.Single(await api.Queue.ClaimAsync(
            new ClaimRequest("w", ["llm_chat"], [profile], 1, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(20)), Ct));

    /// <param name="at">How much of the text comes before it; null for a worker that does not count.</param>
    /// <param name="from">Null for a worker that does not say.</param>
    public static Task SayAsync(RunningApi api, ClaimedJob job, string text, int? at = null, TextSource? from = null) => AppendAsync(
        api, job, JsonSerializer.SerializeToElement(new TokenEvent(text, job.StartedAt!.Value) { At = at, From = from }, ContractsJson.Default.TokenEvent));

    public static Task ContinueAsync(RunningApi api, ClaimedJob job, ClaimedJob of, int characters) => AppendAsync(
        api, job, JsonSerializer.SerializeToElement(
            new ContinuedEvent(job.StartedAt!.Value, of.StartedAt!.Value, characters), ContractsJson.Default.ContinuedEvent), JobEventTypes.Continued);

    public static Task RestartAsync(RunningApi api, ClaimedJob job) => AppendAsync(
        api, job, JsonSerializer.SerializeToElement(new RestartEvent(job.StartedAt!.Value), ContractsJson.Default.RestartEvent), JobEventTypes.Restart);

    /// <summary>The job's run breaks off, and the next one begins.</summary>
    public static async Task<ClaimedJob> BreakOffAsync(RunningApi api, ClaimedJob job)
    {
        await api.Queue.ReleaseAsync([JobFence.Of(job)], Ct);
        return await TakeAsync(api, job.ModelProfile);
    }

    /// <summary>Adds an event until it is there: what is said is dropped while Redis is away, and on a slow machine it seems so for a moment.</summary>
    public static async Task AppendAsync(RunningApi api, ClaimedJob job, JsonElement token, string type = JobEventTypes.Token)
    {
        var redis = api.Get<IConnectionMultiplexer>().GetDatabase();
        async Task<long> CountAsync() => (long)await redis.ExecuteAsync("XLEN", $"{{{api.Schema}}}:events:{job.Id}");
        long? before = null;
        await Eventually.That(async () =>
        {
            before ??= await CountAsync();
            if (await CountAsync() == before)
                Assert.True(await api.Get<JobEvents>().AppendAsync(job, type, token, Ct));
            Assert.Equal(before + 1, await CountAsync());
        }, Ct);
    }

    public static Task FinishAsync(RunningApi api, ClaimedJob job, string? content, string? toolCalls = null, string? group = null) =>
        api.Queue.CompleteAsync(JobFence.Of(job), JsonElement.Parse(string.Create(CultureInfo.InvariantCulture, $$"""
            {"content":{{(content is null ? "null" : $"\"{content}\"")}},"model":"served","usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11},
             "duration_ms":5,"finish_reason":"{{(toolCalls is null ? "stop" : "tool_calls")}}","tool_calls":{{toolCalls ?? "null"}},"provider":"p","attempts":1{{(group is null ? "" : $",\"model_group\":\"{group}\"")}}}
            """)), Ct);

    public static Task FailAsync(RunningApi api, ClaimedJob job, string category, string message) =>
        api.Queue.FailAsync(JobFence.Of(job), new JobError(category, message), new FailOptions(Retry: false), Ct);
}
