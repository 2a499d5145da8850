using System.ClientModel;
using AiPlatform.Contracts;
using AiPlatform.Testing;
using OpenAI.Chat;
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
            await Api.Queue.CancelAsync(job.Id, Ct);
        else
            await ModelWorker.FailAsync(Api, job, how, "No key.");
        await asked;
        var again = Api.PostAsync(Completions, Question("m"), Second);
        await ModelWorker.FinishAsync(Api, await ModelWorker.TakeAsync(Api, "m"), "Hi");
        Assert.Equal((200, 2), ((await again).Status, await JobsAsync()));
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
        await Eventually.That(async () => Assert.False(await Api.Queue.IsAwaitedAsync(job.Id)), Ct);
        var again = Api.PostAsync(Completions, Question("m"), DotNet);
        await Eventually.That(async () => Assert.True(await Api.Queue.IsAwaitedAsync(job.Id)), Ct);
        await ModelWorker.FinishAsync(Api, job, "Hi");
        Assert.Equal((200, 1), ((await again).Status, await JobsAsync()));
    }

    [Fact]
    public async Task But_two_callers_who_wait_have_a_job_each()
    {
        var first = Api.PostAsync(Completions, Question("m"), DotNet);
        var job = await ModelWorker.TakeAsync(Api, "m");
        var second = Api.PostAsync(Completions, Question("m"), DotNet);
        await ModelWorker.FinishAsync(Api, await ModelWorker.TakeAsync(Api, "m"), "Ho");
        await ModelWorker.FinishAsync(Api, job, "Hi");
        Assert.NotEqual((await first).Text, (await second).Text);
    }

    async Task<int> JobsAsync() => (await Api.Queue.ListAsync(new JobFilter(), null, 10, Ct)).Jobs.Count;

    /// <summary>A call whose caller leaves when its job runs.</summary>
    async Task<ClaimedJob> LeaveAsync(string body, (string Name, string Value) header)
    {
        using var left = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        using var request = new HttpRequestMessage(HttpMethod.Post, Completions)
        {
            Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Add(header.Name, header.Value);
        var asked = Api.Http.SendAsync(request, left.Token);
        var job = await ModelWorker.TakeAsync(Api, "m");
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        return job;
    }
}
