using System.ClientModel;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using OpenAI.Chat;
using StackExchange.Redis;
using static AiPlatform.Api.Tests.OpenAi.OpenAiCalls;

namespace AiPlatform.Api.Tests.OpenAi;

/// <summary>Calls that clients make again by themselves find the job of the first one. Callers who left are awaited for an hour here, so that no test depends
/// on how soon they come back.</summary>
public sealed class ClientRetriesTests(Stores stores) : IAsyncLifetime
{
    static readonly (string, string) First = ("x-stainless-retry-count", "0");
    static readonly (string, string) Second = ("x-stainless-retry-count", "1");
    static readonly (string, string) DotNet = ("X-Stainless-Lang", "csharp");

    RunningApi? _running;

    RunningApi Api => _running!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _running = await RunningApi.StartAsync(stores, "CHAT_LEFT_GRACE=1h");

    public ValueTask DisposeAsync() => Api.DisposeAsync();

    [Fact]
    public async Task A_retry_has_the_answer_that_was_lost()
    {
        var asked = Api.PostAsync(Completions, Question("m"), First);
        var job = await ModelWorker.TakeAsync(Api, "m");
        await ModelWorker.FinishAsync(Api, job, "Hi");
        var first = await asked;
        var second = await Api.PostAsync(Completions, Question("m"), Second);
        Assert.Equal((200, first.Text, job.Id.ToString()), (second.Status, second.Text, Assert.Single(second.Headers.GetValues("X-Job-Id"))));
        Assert.Equal(1, await JobsAsync());
    }

    [Fact]
    public async Task A_retry_waits_for_the_job_that_runs()
    {
        var job = await LeaveAsync(Question("m"), First);
        var asked = Api.PostAsync(Completions, Question("m"), Second);
        await ModelWorker.FinishAsync(Api, job, "Hi");
        Assert.Equal((200, 1), ((await asked).Status, await JobsAsync()));
    }

    [Fact]
    public async Task A_stream_that_is_retried_begins_with_what_was_said_before()
    {
        var opening = OpenAsync(Api, Question("m", stream: true), First);
        var job = await ModelWorker.TakeAsync(Api, "m");
        await ModelWorker.SayAsync(Api, job, "Hi");
        (await opening).Dispose();
        using var again = await OpenAsync(Api, Question("m", stream: true), Second);
        await ModelWorker.SayAsync(Api, job, " there");
        await ModelWorker.FinishAsync(Api, job, "Hi there");
        Assert.Equal(("Hi there", 1), (Said((await ReadAsync(again)).Text), await JobsAsync()));
    }

    [Fact]
    public async Task A_retry_of_what_failed_for_good_has_the_same_failure()
    {
        var asked = Api.PostAsync(Completions, Question("m"), First);
        await ModelWorker.FailAsync(Api, await ModelWorker.TakeAsync(Api, "m"), "provider_error", "The server went away.");
        var first = await asked;
        var second = await Api.PostAsync(Completions, Question("m"), Second);
        Assert.Equal((502, first.Text, 1), (second.Status, second.Text, await JobsAsync()));
    }

    [Theory]
    [InlineData("provider_unconfigured")]
    [InlineData("cancelled")]
    public async Task A_retry_that_was_asked_for_or_of_what_was_cancelled_runs_anew(string how)
    {
        var asked = Api.PostAsync(Completions, Question("m"), First);
        var job = await ModelWorker.TakeAsync(Api, "m");
        if (how == "cancelled")
            await Api.Queue.CancelAsync(JobScope.All, job.Id, Ct);
        else
            await ModelWorker.FailAsync(Api, job, how, "No key.");
        await asked;
        var again = Api.PostAsync(Completions, Question("m"), Second);
        await ModelWorker.FinishAsync(Api, await ModelWorker.TakeAsync(Api, "m"), "Hi");
        Assert.Equal((200, 2), ((await again).Status, await JobsAsync()));
    }

    [Fact]
    public async Task A_retry_does_not_go_past_what_went_wrong_to_an_older_answer()
    {
        var answered = Api.PostAsync(Completions, Question("m"), First);
        await ModelWorker.FinishAsync(Api, await ModelWorker.TakeAsync(Api, "m"), "Old");
        Assert.Equal(200, (await answered).Status);
        var failed = Api.PostAsync(Completions, Question("m"), First);
        await ModelWorker.FailAsync(Api, await ModelWorker.TakeAsync(Api, "m"), "provider_unconfigured", "No key.");
        await failed;
        var again = Api.PostAsync(Completions, Question("m"), Second);
        await ModelWorker.FinishAsync(Api, await ModelWorker.TakeAsync(Api, "m"), "New");
        Assert.Equal((200, 3), ((await again).Status, await JobsAsync()));
    }

    [Fact]
    public async Task The_same_call_anew_and_a_retry_of_another_caller_are_jobs_of_their_own()
    {
        for (var call = 0; call < 2; call++)
        {
            var asked = Api.PostAsync(Completions, Question("m"), First);
            await ModelWorker.FinishAsync(Api, await ModelWorker.TakeAsync(Api, "m"), "Hi");
            Assert.Equal(200, (await asked).Status);
        }
        var other = Api.PostAsync(Completions, Question("m"), Second, ("X-Owner-Service", "portal"));
        await ModelWorker.FinishAsync(Api, await ModelWorker.TakeAsync(Api, "m"), "Hi");
        Assert.Equal((200, 3), ((await other).Status, await JobsAsync()));
    }

    [Fact]
    public async Task DotNets_client_does_not_say_that_it_retries_and_runs_nothing_twice_after_a_failure()
    {
        var asked = Api.Chat("m", retries: 1).CompleteChatAsync([new UserChatMessage("Hello")], cancellationToken: Ct);
        await ModelWorker.FailAsync(Api, await ModelWorker.TakeAsync(Api, "m"), "provider_error", "The server went away.");
        Assert.Equal(502, (await Assert.ThrowsAsync<ClientResultException>(() => asked)).Status);
        Assert.Equal(1, await JobsAsync());
    }

    [Fact]
    public async Task Nor_after_a_call_that_took_too_long()
    {
        await using var api = await RunningApi.StartBesideAsync(stores, Api.Schema, "CHAT_TIMEOUT=1s");
        var first = await api.PostAsync(Completions, Question("slow"), DotNet);
        var second = await api.PostAsync(Completions, Question("slow"), DotNet);
        Assert.Equal((504, 504, 1), (first.Status, second.Status, await JobsAsync()));
        Assert.Equal(
            first.Headers.GetValues("X-Job-Id").Single() + " timeout", second.Headers.GetValues("X-Job-Id").Single() + " " + second.Json.GetProperty("error").GetProperty("code"));
    }

    [Fact]
    public async Task Nor_while_nobody_waits_for_what_runs()
    {
        var job = await LeaveAsync(Question("m"), DotNet);
        await LostAsync(job);
        var again = Api.PostAsync(Completions, Question("m"), DotNet);
        await Eventually.That(async () => Assert.True(await Api.Queue.IsAwaitedAsync(job.Id)), Ct);
        await ModelWorker.FinishAsync(Api, job, "Hi");
        Assert.Equal((200, 1), ((await again).Status, await JobsAsync()));
    }

    [Fact]
    public async Task Nor_where_the_answer_came_after_its_caller_had_left()
    {
        var job = await LeaveAsync(Question("m"), DotNet);
        await LostAsync(job);
        await ModelWorker.FinishAsync(Api, job, "Hi");
        Assert.Equal((200, 1), ((await Api.PostAsync(Completions, Question("m"), DotNet)).Status, await JobsAsync()));
        // It has its answer now.
        var anew = Api.PostAsync(Completions, Question("m"), DotNet);
        await ModelWorker.FinishAsync(Api, await ModelWorker.TakeAsync(Api, "m"), "Ho");
        Assert.Equal((200, 2), ((await anew).Status, await JobsAsync()));
    }

    [Fact]
    public async Task But_two_callers_who_wait_have_a_job_each_and_who_leaves_comes_back_to_its_own()
    {
        await using var other = await RunningApi.StartBesideAsync(stores, Api.Schema, "CHAT_LEFT_GRACE=1h");
        var left = await LeaveAsync(Question("m"), DotNet, beforeLeaving: async () =>
        {
            var beside = other.PostAsync(Completions, Question("m"), DotNet);
            return (Asked: beside, Job: await ModelWorker.TakeAsync(Api, "m"));
        });
        await LostAsync(left.Job);
        var again = Api.PostAsync(Completions, Question("m"), DotNet);
        await Eventually.That(async () => Assert.True(await Api.Queue.IsAwaitedAsync(left.Job.Id)), Ct);
        var third = other.PostAsync(Completions, Question("m"), DotNet);
        await ModelWorker.FinishAsync(Api, await ModelWorker.TakeAsync(Api, "m"), "Third");
        await ModelWorker.FinishAsync(Api, left.Beside.Job, "Second");
        await ModelWorker.FinishAsync(Api, left.Job, "First");
        Assert.Equal(
            ["First", "Second", "Third"],
            (await Task.WhenAll(again, left.Beside.Asked, third)).Select(answer => answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()));
        Assert.Equal(3, await JobsAsync());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("invalid_input")]
    public async Task And_the_same_call_after_an_answer_that_is_not_asked_for_again_is_a_job_of_its_own(string? failure)
    {
        for (var call = 0; call < 2; call++)
        {
            var asked = Api.PostAsync(Completions, Question("m"), DotNet);
            var job = await ModelWorker.TakeAsync(Api, "m");
            await (failure is null ? ModelWorker.FinishAsync(Api, job, "Hi") : ModelWorker.FailAsync(Api, job, failure, "No."));
            Assert.Equal(failure is null ? 200 : 422, (await asked).Status);
        }
        Assert.Equal(2, await JobsAsync());
    }

    [Fact]
    public async Task A_stream_that_was_read_to_its_end_is_not_read_again()
    {
        for (var call = 0; call < 2; call++)
        {
            var opening = OpenAsync(Api, Question("m", stream: true), DotNet);
            await ModelWorker.FinishAsync(Api, await ModelWorker.TakeAsync(Api, "m"), "Hi");
            using var response = await opening;
            Assert.True((await ReadAsync(response)).IsWhole);
        }
        Assert.Equal(2, await JobsAsync());
    }

    async Task<int> JobsAsync() => (await Api.Queue.ListAsync(JobScope.All, new JobFilter(), null, 10, Ct)).Jobs.Count;

    /// <summary>Until it is known everywhere that the caller of the job is gone.</summary>
    Task LostAsync(ClaimedJob job) => Eventually.That(
        async () =>
        {
            var redis = Api.Get<IConnectionMultiplexer>();
            var keys = (RedisResult[])(await redis.GetDatabase().ExecuteAsync("KEYS", $"{{{Api.Schema}}}:calls:*"))!;
            Assert.Equal("lost", (await redis.GetDatabase().HashGetAsync((RedisKey)Assert.Single(keys), $"{job.Id}")).ToString());
        },
        Ct);

    async Task<ClaimedJob> LeaveAsync(string body, (string Name, string Value) header) =>
        (await LeaveAsync(body, header, () => Task.FromResult(0))).Job;

    /// <summary>A call whose caller leaves when its job runs.</summary>
    async Task<(ClaimedJob Job, T Beside)> LeaveAsync<T>(string body, (string Name, string Value) header, Func<Task<T>> beforeLeaving)
    {
        using var left = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        using var request = new HttpRequestMessage(HttpMethod.Post, Completions)
        {
            Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Add(header.Name, header.Value);
        var asked = Api.Http.SendAsync(request, left.Token);
        var job = await ModelWorker.TakeAsync(Api, "m");
        var beside = await beforeLeaving();
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        return (job, beside);
    }
}
