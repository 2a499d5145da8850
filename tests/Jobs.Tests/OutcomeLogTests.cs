using System.Text.Json;
using System.Text.RegularExpressions;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>Each outcome that no worker of ours logs has one line.</summary>
public sealed class OutcomeLogTests(Stores stores)
{
    const int Outcome = 2050;
    const int TooLate = 2051;
    const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cancelled_job_has_one_line_with_its_attempt_times_and_trace()
    {
        using var logs = new LogRecorder();
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, logs: logs);
        var running = await host.StartJobAsync(Job() with { Traceparent = $"00-{Trace}-00f067aa0ba902b7-01" });
        var waiting = await host.SubmitAsync();
        foreach (var id in new[] { running.Id, waiting, waiting })
        {
            await host.Queue.CancelAsync(JobScope.All, id, Ct);
        }
        Assert.Equal(
            [
                $"Job {running.Id} (llm_chat on default), attempt 1: cancelled; # s after its creation, ran # s, error , trace {Trace}.",
                $"Job {waiting} (llm_chat on default), attempt 0: cancelled; # s after its creation, ran 0.000 s, error , trace .",
            ],
            Lines(logs));
    }

    [Fact]
    public async Task A_job_whose_deadline_passed_has_one_line()
    {
        using var logs = new LogRecorder();
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, logs: logs);
        var id = await host.SubmitAsync(Job() with { Deadline = DateTimeOffset.Parse("2020-01-01T00:00:00Z", null) });
        await host.Get<IndexRepair>().RepairAsync([id], Ct);
        Assert.Equal(
            [$"Job {id} (llm_chat on default), attempt 0: failed; # s after its creation, ran 0.000 s, error deadline_exceeded, trace ."], Lines(logs));
    }

    [Fact]
    public async Task Each_run_that_is_lost_with_its_worker_has_one_line()
    {
        using var logs = new LogRecorder();
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, logs: logs, configure: options => options.MaxRescues = 1);
        var id = (await host.StartJobAsync(Job())).Id;
        await LoseAsync(host, id);
        await host.ClaimOneAsync();
        await LoseAsync(host, id);
        Assert.Equal(
            [
                $"Job {id} (llm_chat on default), attempt 1: lease lost, will be run again; # s after its creation, ran # s, error lease_lost, trace .",
                $"Job {id} (llm_chat on default), attempt 1: failed; # s after its creation, ran # s, error lease_lost, trace .",
            ],
            Lines(logs));
    }

    [Fact]
    public async Task What_an_external_worker_reports_has_one_line_and_a_repeated_report_none()
    {
        using var logs = new LogRecorder();
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, logs: logs);
        var failed = await host.StartJobAsync(Job() with { MaxAttempts = 2 });
        await FailAsync(JobFence.Of(failed));
        await FailAsync(JobFence.Of(failed));
        var fence = JobFence.Of(await host.ClaimOneAsync());
        await host.Queue.CompleteAsync(fence, JsonElement.Parse("{}"), isLogged: true, Ct);
        await host.Queue.CompleteAsync(fence, JsonElement.Parse("{}"), isLogged: true, Ct);
        await host.Queue.CompleteAsync(JobFence.Of(await host.StartJobAsync(Job())), JsonElement.Parse("{}"), Ct);
        await FailAsync(fence);
        Assert.Equal(
            [
                $"Job {failed.Id} (llm_chat on default), attempt 1: failed, will be tried again; # s after its creation, ran # s, error other, trace .",
                $"Job {failed.Id} (llm_chat on default), attempt 2: completed; # s after its creation, ran # s, error , trace .",
            ],
            Lines(logs));
        Assert.Single(logs.Of(TooLate));

        Task FailAsync(JobFence of) =>
            host.Queue.FailAsync(of, new JobError("a word of its own", "no"), new FailOptions(Retry: true, Pause: TimeSpan.Zero, IsLogged: true), Ct);
    }

    static async Task LoseAsync(JobsHost host, Guid id)
    {
        await host.ExecuteAsync("update job_open set lease_until = now() - interval '1 s'");
        await host.Get<IndexRepair>().RepairAsync([id], Ct);
    }

    /// <summary>Without durations that nobody knows beforehand.</summary>
    static string[] Lines(LogRecorder logs) =>
        [.. logs.Of(Outcome).Select(line => Regex.Replace(line.Message, @"(?<=; )[0-9.]+(?= s after)|(?<=ran )(?!0\.000)[0-9.]+", "#"))];
}
