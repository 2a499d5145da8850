using System.Diagnostics;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.WorkerRuntime.Tests;

/// <summary>How an attempt keeps its job, and how it learns that it has not.</summary>
public sealed class LeaseTests(Stores stores)
{
    static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_longer_than_its_lease_is_run_once()
    {
        var finish = new TaskCompletionSource();
        var handler = new ScriptedHandler(async (_, ct) =>
        {
            await finish.Task.WaitAsync(ct);
            return ScriptedHandler.Done;
        });
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Lease = Short * 9);

        var id = await worker.SubmitAsync();
        var attempt = await handler.StartedAsync();
        await Eventually.That(async () => Assert.True((await worker.ReadAsync(id)).LeaseExpiresAt > attempt.Job.LeaseExpiresAt + Short * 9), Ct);
        finish.SetResult();
        var job = await worker.FinalAsync(id);

        Assert.Equal((JobStatus.Completed, 1), (job.Status, job.Attempt));
        Assert.False(handler.HasStartedMore);
    }

    [Fact]
    public async Task A_cancelled_job_stops_within_a_second()
    {
        var handler = ScriptedHandler.Endless();
        // Its next renewal, which would tell it as well, is minutes away.
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Lease = TimeSpan.FromMinutes(10));
        var id = await worker.SubmitAsync();
        var attempt = await handler.StartedAsync();

        await worker.Queue.CancelAsync(JobScope.All, id, Ct);
        await Eventually.That(() => Assert.Contains(id, handler.Ended), Ct);

        Assert.Equal(CancellationReason.Cancelled, attempt.Cancellation.Reason);
        Assert.Equal(JobStatus.Cancelled, (await worker.ReadAsync(id)).Status);
    }

    [Fact]
    public async Task A_job_taken_back_stops_here_and_runs_again()
    {
        var first = 1;
        var handler = new ScriptedHandler(async (_, ct) =>
        {
            if (Interlocked.Exchange(ref first, 0) == 1)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            }
            return ScriptedHandler.Done;
        });
        await using var worker = await WorkerHost.StartAsync(stores, handler);
        var id = await worker.SubmitAsync();
        var taken = await handler.StartedAsync();

        await worker.Queue.RetryAsync(JobScope.All, id, Ct);

        var job = await worker.FinalAsync(id);
        Assert.Equal(JobStatus.Completed, job.Status);
        Assert.NotEqual(taken.Fence, (await handler.StartedAsync()).Fence);
        await Eventually.That(() => Assert.Equal(CancellationReason.LeaseLost, taken.Cancellation.Reason), Ct);
    }

    [Fact]
    public async Task An_attempt_ends_with_its_lease_while_Postgres_is_away()
    {
        await using var own = await Stores.StartAsync(Ct);
        var handler = ScriptedHandler.Endless();
        await using var worker = await WorkerHost.StartAsync(own, handler, options => options.Lease = Short * 2);
        var id = await worker.SubmitAsync();
        var attempt = await handler.StartedAsync();

        var start = Stopwatch.GetTimestamp();
        await own.Postgres.KillAsync(Ct);
        await Eventually.That(() => Assert.Contains(id, handler.Ended), Ct);

        Assert.Equal(CancellationReason.LeaseLost, attempt.Cancellation.Reason);
        // Never after the lease's end in the store, which counts from a renewal before the kill.
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 20);
        await own.Postgres.StartAsync(Ct);
        Assert.Equal(id, (await handler.StartedAsync()).Job.Id);
    }

    [Fact]
    public async Task An_attempt_ends_with_its_lease_in_the_store_however_long_its_claim_took()
    {
        var ended = new TaskCompletionSource<DateTimeOffset>();
        var handler = new ScriptedHandler(async (_, ct) =>
        {
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, ct);
                return ScriptedHandler.Done;
            }
            finally
            {
                ended.TrySetResult(TimeProvider.System.GetUtcNow());
            }
        });
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Lease = Short * 14);
        await using var command = worker.Get<Npgsql.NpgsqlDataSource>().CreateCommand("""
            create function slow_claims() returns trigger language plpgsql as $$
            begin
              if old.state = 1 then raise exception 'no renewals' using errcode = '53100'; end if;
              perform pg_sleep(10);
              return new;
            end $$;
            create trigger slow_claims before update on job_open for each row when (new.state = 1) execute function slow_claims();
            """);
        await command.ExecuteNonQueryAsync(Ct);

        await worker.SubmitAsync();

        var attempt = await handler.StartedAsync();
        // Without counting from before the claim it would be 10 s.
        Assert.InRange((await ended.Task.WaitAsync(Ct) - attempt.Job.LeaseExpiresAt!.Value).TotalSeconds, -14, 7);
        Assert.Equal(CancellationReason.LeaseLost, attempt.Cancellation.Reason);
    }

    [Fact]
    public async Task A_result_survives_an_absence_of_Postgres()
    {
        await using var own = await Stores.StartAsync(Ct);
        var finish = new TaskCompletionSource();
        var handler = new ScriptedHandler(async (_, _) =>
        {
            await finish.Task;
            return ScriptedHandler.Done;
        });
        await using var worker = await WorkerHost.StartAsync(own, handler);
        var id = await worker.SubmitAsync();
        await handler.StartedAsync();

        await own.Postgres.KillAsync(Ct);
        finish.SetResult();
        await Eventually.That(() => Assert.Contains(id, handler.Ended), Ct);
        await own.Postgres.StartAsync(Ct);

        var job = await worker.FinalAsync(id);
        Assert.Equal((JobStatus.Completed, 1, """{"done":true}"""), (job.Status, job.Attempt, job.Result?.GetRawText()));
        Assert.Single(handler.Ended);
        // And it takes work again.
        Assert.Equal(JobStatus.Completed, (await worker.FinalAsync(await worker.SubmitAsync())).Status);
    }
}
