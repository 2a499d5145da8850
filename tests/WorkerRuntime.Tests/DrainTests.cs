using System.Diagnostics;
using AiPlatform.Contracts;
using AiPlatform.Testing;

namespace AiPlatform.WorkerRuntime.Tests;

/// <summary>What happens on a stop signal.</summary>
public sealed class DrainTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_fits_in_the_grace_period_is_finished_and_nothing_more_is_taken()
    {
        var gate = new TaskCompletionSource();
        var handler = new ScriptedHandler(async (_, ct) =>
        {
            await gate.Task.WaitAsync(ct);
            return ScriptedHandler.Done;
        });
        await using var other = await WorkerHost.StartAsync(stores, ScriptedHandler.Endless(), options => options.Slots = 1);
        await other.SubmitAsync();
        await Eventually.That(() => Assert.Single(other.Get<WorkerStatus>().Report().Running), Ct);
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.GracePeriod = TimeSpan.FromMinutes(2), beside: other);
        var inHand = await worker.SubmitAsync();
        await handler.StartedAsync();

        var stop = worker.StopAsync();
        await Eventually.That(
            async () => Assert.Contains(await other.Get<Jobs.WorkerDirectory>().ListAsync(Ct), report => report is { Draining: true, Running: [_] }), Ct);
        var late = await other.SubmitAsync();
        gate.SetResult();
        await stop;

        Assert.Equal((JobStatus.Completed, 1), ((await other.ReadAsync(inHand)).Status, (await other.ReadAsync(inHand)).Attempt));
        Assert.Equal((JobStatus.Pending, 0), ((await other.ReadAsync(late)).Status, (await other.ReadAsync(late)).Attempt));
        Assert.False(handler.HasStartedMore);
        Assert.Single(await other.Get<Jobs.WorkerDirectory>().ListAsync(Ct));
    }

    [Fact]
    public async Task What_does_not_fit_goes_to_another_worker_with_no_attempt_spent()
    {
        var handler = ScriptedHandler.Endless();
        var next = ScriptedHandler.Answering(ScriptedHandler.Done);
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.GracePeriod = TimeSpan.FromMilliseconds(100));
        var id = await worker.SubmitAsync(attempts: 1);
        var attempt = await handler.StartedAsync();

        await worker.StopAsync();

        Assert.Equal(CancellationReason.Shutdown, attempt.Cancellation.Reason);
        await using var second = await WorkerHost.StartAsync(stores, next, beside: worker);
        var job = await second.FinalAsync(id);
        Assert.Equal((JobStatus.Completed, 1), (job.Status, job.Attempt));
    }

    [Fact]
    public async Task A_handler_that_does_not_let_go_cannot_hold_the_job()
    {
        var never = new TaskCompletionSource();
        var handler = new ScriptedHandler(async (_, _) =>
        {
            await never.Task;
            return ScriptedHandler.Done;
        });
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.GracePeriod = TimeSpan.FromMilliseconds(100));
        var id = await worker.SubmitAsync();
        await handler.StartedAsync();
        var start = Stopwatch.GetTimestamp();

        await worker.StopAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 20);
        await using var second = await WorkerHost.StartAsync(stores, ScriptedHandler.Answering(ScriptedHandler.Done), beside: worker);
        Assert.Equal((JobStatus.Completed, 1), ((await second.FinalAsync(id)).Status, (await second.FinalAsync(id)).Attempt));
        never.SetResult();
    }

    [Fact]
    public async Task An_idle_worker_stops_at_once()
    {
        await using var worker = await WorkerHost.StartAsync(stores, ScriptedHandler.Endless());
        var start = Stopwatch.GetTimestamp();

        await worker.StopAsync();

        // A claim waits 20 s for work.
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 15);
    }
}
