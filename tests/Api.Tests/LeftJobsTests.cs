using System.Text;
using AiPlatform.Api.Chat;
using AiPlatform.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Tests;

/// <summary>How long jobs are looked after whose callers have left.</summary>
public sealed class LeftJobsTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_Redis_is_away_a_left_job_is_looked_after_until_its_deadline_and_no_longer()
    {
        await using var stores = await Stores.StartAsync(Ct);
        await using var api = await RunningApi.StartAsync(stores, "CHAT_LEFT_GRACE=0s", "CHAT_TIMEOUT=20s");
        using var log = new LogRecorder();
        api.Get<ILoggerFactory>().AddProvider(log);
        await stores.Redis.StopAsync(Ct);
        await Eventually.That(async () => Assert.Equal("degraded", (await api.GetAsync("/readyz")).Json.GetProperty("status").GetString()), Ct);

        using var left = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        using var question = new StringContent("""{"user":"Hello"}""", Encoding.UTF8, "application/json");
        var asked = api.Http.PostAsync("/chat", question, left.Token);
        var job = await ModelWorker.TakeAsync(api, "default");
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);

        var jobs = api.Get<LeftJobs>();
        await Eventually.That(() => Assert.True(jobs.Watched == 1 || TimeProvider.System.GetUtcNow() > job.Deadline), Ct);
        await Eventually.That(() => Assert.Equal(0, jobs.Watched), Ct);
        Assert.True(TimeProvider.System.GetUtcNow() > job.Deadline, "It was given up before its time was over.");
        Assert.Empty(log.Of(1020));
    }

    [Fact]
    public async Task What_goes_wrong_with_one_job_is_logged_and_the_next_is_looked_after()
    {
        using var log = new LogRecorder();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        // No start lets such a grace through; waiting for it fails.
        var options = Options.Create(new ApiOptions { ChatLeftGrace = TimeSpan.FromDays(-1) });
        using var jobs = new LeftJobs(null!, options, TimeProvider.System, loggers.CreateLogger<LeftJobs>());
        await jobs.StartAsync(Ct);
        for (var i = 1; i <= 2; i++)
        {
            jobs.Add(Guid.CreateVersion7());
            await Eventually.That(() => Assert.Equal((i, 0), (log.Of(1022).Count, jobs.Watched)), Ct);
        }
        await jobs.StopAsync(Ct);
        Assert.True(jobs.ExecuteTask!.IsCompletedSuccessfully);
    }
}
