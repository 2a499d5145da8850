using System.Globalization;
using AiPlatform.Contracts;
using static AiPlatform.Client.Tests.ScriptedServer;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>How long a call may take, and what its answer says of the time to ask again.</summary>
public sealed class AnswerTests
{
    const string ProblemMedia = "application/problem+json";

    static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(503, ProblemMedia, 90, 90)]
    [InlineData(503, ProblemMedia, -90, 0)]
    [InlineData(503, "text/html", 90, 90)]
    [InlineData(429, "text/html", 90, 90)]
    public async Task The_time_to_ask_again_may_be_a_date_and_a_proxys(int status, string media, int after, int seconds)
    {
        await using var server = await StartAsync((context, _) =>
        {
            context.Response.Headers.Date = Now.ToString("R", CultureInfo.InvariantCulture);
            return AnswerAsync(context, status, media, Problem(status, "store_unavailable"), Now.AddSeconds(after).ToString("R", CultureInfo.InvariantCulture));
        });
        using var client = new AiPlatformClient(Options(server.Address, options => options.RetryFor = TimeSpan.Zero));
        var failure = await Assert.ThrowsAsync<AiPlatformException>(() => client.StatsAsync(Ct));
        Assert.Equal((status, TimeSpan.FromSeconds(seconds), true), (failure.Status, failure.RetryAfter, failure.IsTransient));
    }

    [Fact]
    public async Task A_wait_goes_on_through_an_outage_that_is_longer_than_the_time_for_repetitions()
    {
        const string Ended = """{"id":"0199e0c2-7b1e-7c3f-9a55-0d6f4b7d2c11","owner_service":"tests","task_type":"t","model_profile":"default","priority":"normal","status":"completed","attempt":1,"max_attempts":3,"created_at":"2026-01-01T00:00:00Z"}""";
        await using var server = await StartAsync((context, place) => place < 5
            ? AnswerAsync(context, 503, ProblemMedia, Problem(503, ErrorCodes.StoreUnavailable), "0")
            : AnswerAsync(context, 200, "application/json", Ended));
        using var client = Impatient(server.Address);
        Assert.Equal(JobStatus.Completed, (await client.WaitAsync(Guid.NewGuid(), TimeSpan.FromMinutes(1), Ct)).Status);
        Assert.Equal(5, server.Requests);

        await using var away = await AnsweringAsync(503, ProblemMedia, Problem(503, ErrorCodes.StoreUnavailable), "0");
        using var other = Impatient(away.Address);
        await FailsAsync(() => other.WaitAsync(Guid.NewGuid(), TimeSpan.FromMilliseconds(300), Ct), ErrorCodes.StoreUnavailable, 503);
        Assert.True(away.Requests > 1);
    }

    [Fact]
    public async Task Changing_many_jobs_has_a_time_of_its_own()
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(async (context, _) =>
        {
            await (context.Request.Method == "POST" ? over.Task : Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted));
            await AnswerAsync(context, 200, "application/json", """{"count":3}""");
        });
        using var client = new AiPlatformClient(Options(server.Address, options => options.Timeout = TimeSpan.FromMilliseconds(300)));
        var filter = new JobFilter { TaskType = "t" };
        Task<int>[] changing = [client.CancelManyAsync(filter, Ct), client.RetryManyAsync(filter, Ct)];
        await FailsAsync(() => client.StatsAsync(Ct), ClientErrorCodes.TimedOut, null);
        over.SetResult();
        var counts = await Task.WhenAll(changing);
        Assert.Equal([3, 3], counts);
    }

    [Fact]
    public async Task The_time_of_an_HttpClient_is_refused_where_it_is_too_short_and_told_where_it_was_changed()
    {
        using var fresh = new HttpClient();
        foreach (var make in (Action[])[() => _ = new AiPlatformClient(fresh, Options(new Uri("http://ai"))), () => _ = new WorkerClient(fresh, Options(new Uri("http://ai")))])
        {
            Assert.StartsWith(
                "HttpClient.Timeout is 00:01:40; allowed: Timeout.InfiniteTimeSpan, or at least 00:15:00", Assert.Throws<ArgumentException>(make).Message, StringComparison.Ordinal);
        }

        await using var server = await StartAsync((context, _) => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted));
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        using var client = new AiPlatformClient(http, Options(server.Address));
        http.Timeout = TimeSpan.FromMilliseconds(200);
        var failure = await FailsAsync(() => client.CancelManyAsync(new JobFilter { TaskType = "t" }, Ct), ClientErrorCodes.TimedOut, null);
        Assert.Equal("POST /api/v1/jobs/cancel had not ended after 0.2 s.", failure.Message);
        Assert.Equal(1, server.Requests);
    }

    /// <summary>It repeats nothing by itself.</summary>
    static AiPlatformClient Impatient(Uri address) => new(Options(
        address, options => (options.RetryFor, options.FirstPause, options.LongestPause) = (TimeSpan.Zero, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1))));
}
