using AiPlatform.Contracts;
using AiPlatform.Testing;

namespace AiPlatform.WorkerRuntime.Tests;

public sealed class PumpTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task More_jobs_than_slots_are_never_in_hand()
    {
        using var gate = new SemaphoreSlim(0);
        var handler = new ScriptedHandler(async (_, ct) =>
        {
            await gate.WaitAsync(ct);
            return ScriptedHandler.Done;
        });
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Slots = 3);
        var ids = new List<Guid>();
        for (var i = 0; i < 12; i++)
        {
            ids.Add(await worker.SubmitAsync());
        }

        for (var started = 0; started < 12; started++)
        {
            await handler.StartedAsync();
            if (started >= 2)
            {
                Assert.Equal(3, await RunningAsync(worker));
                gate.Release();
            }
        }
        gate.Release(2);
        foreach (var id in ids)
        {
            Assert.Equal(JobStatus.Completed, (await worker.FinalAsync(id)).Status);
        }
        Assert.Equal(3, handler.MostRunning);
    }

    [Fact]
    public async Task A_freed_slot_is_filled_while_others_are_busy()
    {
        var first = new TaskCompletionSource();
        var handler = new ScriptedHandler(async (attempt, ct) =>
        {
            await (attempt.Job.Priority == JobPriority.High ? first.Task.WaitAsync(ct) : Task.Delay(Timeout.InfiniteTimeSpan, ct));
            return ScriptedHandler.Done;
        });
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Slots = 2);
        await worker.SubmitAsync(priority: JobPriority.High);
        await handler.StartedAsync();
        await worker.SubmitAsync();
        await handler.StartedAsync();
        var waiting = await worker.SubmitAsync();
        Assert.False(handler.HasStartedMore);

        first.SetResult();

        Assert.Equal(waiting, (await handler.StartedAsync()).Job.Id);
    }

    [Fact]
    public async Task An_idle_worker_starts_a_job_as_soon_as_it_comes()
    {
        var handler = ScriptedHandler.Answering(ScriptedHandler.Done);
        await using var worker = await WorkerHost.StartAsync(stores, handler);
        await worker.FinalAsync(await worker.SubmitAsync());

        JobView job = null!;
        // By itself it would look after five seconds.
        await Eventually.That(async () =>
        {
            job = await worker.FinalAsync(await worker.SubmitAsync());
            Assert.InRange((job.StartedAt - job.CreatedAt)!.Value.TotalSeconds, 0, 1);
        }, Ct);

        Assert.Equal("""{"done":true}""", job.Result?.GetRawText());
        Assert.StartsWith("scripted-", job.WorkerId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_says_what_it_does()
    {
        var handler = ScriptedHandler.Endless();
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => (options.Id, options.Slots) = ("worker-7", 2));
        var id = await worker.SubmitAsync();
        await handler.StartedAsync();

        var status = worker.Get<WorkerStatus>().Report();
        worker.Get<WorkerStatus>().Announce();

        Assert.Equal(("worker-7", "scripted", 2, false, id), (status.WorkerId, status.Kind, status.Slots, status.Draining, Assert.Single(status.Running)));
        Assert.NotNull(status.LastClaimAt);
        await Eventually.That(async () =>
        {
            var listed = Assert.Single(await worker.Get<Jobs.WorkerDirectory>().ListAsync(Ct));
            Assert.Equal(("worker-7", id, "scripted"), (listed.WorkerId, Assert.Single(listed.Running), Assert.Single(listed.Providers).Name));
        }, Ct);
    }

    [Fact]
    public async Task Busy_and_free_slots_are_measured()
    {
        var handler = ScriptedHandler.Endless();
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Slots = 3);
        using var meter = new MeterRecorder(WorkerTelemetry.Name, worker.Get<System.Diagnostics.Metrics.IMeterFactory>());
        await worker.SubmitAsync();
        await handler.StartedAsync();

        meter.Observe();

        Assert.Equal(
            [("{slot}", "busy", 1.0), ("{slot}", "free", 2.0)],
            meter.Of("aiplatform.worker.slots").Select(slot => (slot.Unit!, (string)slot.Tags["state"]!, slot.Value)).Order());
    }

    static async Task<long> RunningAsync(WorkerHost worker)
    {
        await using var command = worker.Get<Npgsql.NpgsqlDataSource>().CreateCommand("select count(*) from job_open where state = 1");
        return (long)(await command.ExecuteScalarAsync(Ct))!;
    }
}
