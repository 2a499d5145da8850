using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using Npgsql;

namespace AiPlatform.WorkerRuntime.Tests;

/// <summary>What is recorded of an attempt, whatever its handler does.</summary>
public sealed class OutcomeTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_handler_that_throws_costs_an_attempt_and_not_the_worker()
    {
        var handler = new ScriptedHandler((attempt, _) =>
            attempt.Job.Attempt < 3 ? throw new InvalidOperationException("with a secret in it") : Task.FromResult(ScriptedHandler.Done));
        await using var worker = await WorkerHost.StartAsync(stores, handler);

        var job = await worker.FinalAsync(await worker.SubmitAsync(attempts: 3));

        Assert.Equal((JobStatus.Completed, 3), (job.Status, job.Attempt));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_unforeseen_exception_is_an_error_of_the_worker(bool cancellation)
    {
        // A cancellation that nobody asked for, such as the timeout of an HTTP client, is a failure like any other.
        var handler = new ScriptedHandler((_, _) =>
            throw (cancellation ? new TaskCanceledException("timeout") : new InvalidOperationException("with a secret in it")));
        await using var worker = await WorkerHost.StartAsync(stores, handler);

        var job = await worker.FinalAsync(await worker.SubmitAsync(attempts: 1));

        var name = cancellation ? nameof(TaskCanceledException) : nameof(InvalidOperationException);
        Assert.Equal(
            (JobStatus.Failed, new JobError("worker_error", $"The worker failed unexpectedly ({name}); its log has the details.")), (job.Status, job.Error));
    }

    [Fact]
    public async Task A_failure_is_recorded_as_the_handler_says()
    {
        var handler = ScriptedHandler.Answering(new AttemptOutcome.Failed(new JobError("invalid_input", "'user' is missing.")));
        await using var worker = await WorkerHost.StartAsync(stores, handler);

        var job = await worker.FinalAsync(await worker.SubmitAsync());

        Assert.Equal((JobStatus.Failed, 1, new JobError("invalid_input", "'user' is missing.")), (job.Status, job.Attempt, job.Error));
    }

    [Fact]
    public async Task A_pause_that_the_handler_asks_for_is_kept()
    {
        var handler = ScriptedHandler.Answering(
            new AttemptOutcome.Failed(new JobError("provider_error", "busy"), new FailOptions(Pause: TimeSpan.FromMinutes(3))));
        await using var worker = await WorkerHost.StartAsync(stores, handler);
        var id = await worker.SubmitAsync();

        await Eventually.That(async () =>
        {
            var job = await worker.ReadAsync(id);
            Assert.Equal((JobStatus.Pending, 1, "busy"), (job.Status, job.Attempt, job.Error?.Message));
            Assert.InRange((job.RunAt - job.CreatedAt)!.Value.TotalSeconds, 179, 240);
        }, Ct);
    }

    [Fact]
    public async Task A_result_that_cannot_be_stored_is_not_tried_again()
    {
        var huge = JsonElement.Parse($"\"{new string('x', OutcomeRules.MostResultBytes)}\"");
        await using var worker = await WorkerHost.StartAsync(stores, ScriptedHandler.Answering(new AttemptOutcome.Succeeded(huge)));

        var job = await worker.FinalAsync(await worker.SubmitAsync());

        Assert.Equal(
            (JobStatus.Failed, 1, new JobError("worker_error", "The result has 8,388,610 bytes of JSON; at most 8,388,608 can be stored.")),
            (job.Status, job.Attempt, job.Error));
    }

    [Theory]
    [InlineData(PostgresErrorCodes.DiskFull)]
    [InlineData(PostgresErrorCodes.InsufficientPrivilege)]
    public async Task A_result_waits_until_the_store_can_write(string code)
    {
        await using var worker = await WorkerHost.StartAsync(stores, ScriptedHandler.Answering(ScriptedHandler.Done));
        await RaiseAsync(worker, code);
        var id = await worker.SubmitAsync();
        await Eventually.That(async () => Assert.True(await ExecuteAsync(worker, "select last_value from tries") is > 2L), Ct);

        await ExecuteAsync(worker, "drop trigger raise on job_result");

        var job = await worker.FinalAsync(id);
        Assert.Equal((JobStatus.Completed, 1, """{"done":true}"""), (job.Status, job.Attempt, job.Result?.GetRawText()));
    }

    [Theory]
    [InlineData(PostgresErrorCodes.UntranslatableCharacter)]
    [InlineData(PostgresErrorCodes.CheckViolation)]
    public async Task A_result_that_the_store_can_never_hold_ends_the_job(string code)
    {
        await using var worker = await WorkerHost.StartAsync(stores, ScriptedHandler.Answering(ScriptedHandler.Done));
        await RaiseAsync(worker, code);

        var job = await worker.FinalAsync(await worker.SubmitAsync());

        Assert.Equal(
            (JobStatus.Failed, 1, new JobError("worker_error", "The result could not be stored (PostgresException).")), (job.Status, job.Attempt, job.Error));
    }

    [Fact]
    public async Task A_deadline_ends_a_running_attempt()
    {
        var handler = ScriptedHandler.Endless();
        await using var worker = await WorkerHost.StartAsync(stores, handler);

        var job = await worker.FinalAsync(await worker.SubmitAsync(deadline: TimeProvider.System.GetUtcNow().AddSeconds(10)));

        Assert.Equal(
            (JobStatus.Failed, 1, new JobError("deadline_exceeded", "The deadline passed while the job was running.")), (job.Status, job.Attempt, job.Error));
    }

    [Fact]
    public async Task An_attempt_that_hangs_is_ended()
    {
        await using var worker = await WorkerHost.StartAsync(
            stores, ScriptedHandler.Endless(), options => options.AttemptTimeout = TimeSpan.FromSeconds(1));

        var job = await worker.FinalAsync(await worker.SubmitAsync(attempts: 1));

        Assert.Equal(new JobError("worker_error", "The attempt ran longer than WORKER_ATTEMPT_TIMEOUT allows (00:00:01)."), job.Error);
    }

    [Fact]
    public async Task A_message_with_half_characters_is_stored_without_them()
    {
        var handler = ScriptedHandler.Answering(
            new AttemptOutcome.Failed(new JobError("invalid_input", "a\ud800b" + new string('m', 1995) + "\U0001F600mm")));
        await using var worker = await WorkerHost.StartAsync(stores, handler);

        var job = await worker.FinalAsync(await worker.SubmitAsync());

        Assert.Equal(new JobError("invalid_input", "a\ufffdb" + new string('m', 1995) + "…"), job.Error);
    }

    [Fact]
    public void A_long_message_is_cut_and_kept_storable()
    {
        var failed = new AttemptOutcome.Failed(new JobError(new string('c', 70), "a\0" + new string('m', 3000)));

        var error = Assert.IsType<AttemptOutcome.Failed>(OutcomeRules.Normalize(failed, null, TimeSpan.FromHours(2))).Error;

        Assert.Equal((64, 2000), (error.Category.Length, error.Message.Length));
        Assert.StartsWith("a m", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("m…", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CancellationReason.Shutdown, typeof(AttemptOutcome.Released))]
    [InlineData(CancellationReason.Preempted, typeof(AttemptOutcome.Released))]
    [InlineData(CancellationReason.NoRoom, typeof(AttemptOutcome.Released))]
    [InlineData(CancellationReason.Cancelled, typeof(AttemptOutcome.Abandoned))]
    [InlineData(CancellationReason.LeaseLost, typeof(AttemptOutcome.Abandoned))]
    [InlineData(CancellationReason.Deadline, typeof(AttemptOutcome.Failed))]
    [InlineData(CancellationReason.Stalled, typeof(AttemptOutcome.Failed))]
    public void The_reason_of_a_cancellation_says_what_becomes_of_the_job(CancellationReason reason, Type outcome)
    {
        Assert.IsType(outcome, OutcomeRules.Normalize(null, reason, TimeSpan.FromHours(2)));
        // A handler that made a failure of its cancellation does not change that; a result does.
        var failed = new AttemptOutcome.Failed(new JobError("provider_error", "cancelled"));
        Assert.IsType(outcome, OutcomeRules.Normalize(failed, reason, TimeSpan.FromHours(2)));
        Assert.Same(ScriptedHandler.Done, OutcomeRules.Normalize(ScriptedHandler.Done, reason, TimeSpan.FromHours(2)));
    }

    [Fact]
    public void The_first_reason_of_a_cancellation_stands()
    {
        var cancellation = new AttemptCancellation();

        Assert.True(cancellation.Cancel(CancellationReason.Deadline));
        Assert.False(cancellation.Cancel(CancellationReason.Shutdown));
        Assert.Equal(CancellationReason.Deadline, cancellation.Reason);
        Assert.True(cancellation.Token.IsCancellationRequested);
    }

    /// <summary>Has Postgres refuse every result, and count the tries.</summary>
    static Task<object?> RaiseAsync(WorkerHost worker, string code) => ExecuteAsync(worker,
        $"""
        create sequence tries;
        create function raise() returns trigger language plpgsql as $$
        begin
          perform nextval('tries');
          raise exception 'as asked' using errcode = '{code}';
        end $$;
        create trigger raise before insert on job_result for each row when (new.result is not null) execute function raise();
        """);

    static async Task<object?> ExecuteAsync(WorkerHost worker, string sql)
    {
        await using var command = worker.Get<NpgsqlDataSource>().CreateCommand(sql);
        return await command.ExecuteScalarAsync(Ct);
    }
}
