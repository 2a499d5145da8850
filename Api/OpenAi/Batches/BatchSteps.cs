using System.Diagnostics;
using AiPlatform.Api.OpenAi.Files;
using AiPlatform.Api.Submission;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.OpenAi.Batches;

/// <summary>Moves a batch on from what Postgres says of it, by a bounded step. A step may break off anywhere: the next one, in whichever process, begins
/// with what was committed.</summary>
sealed partial class BatchSteps(
    BatchStore batches, BatchCheck check, BatchJobs jobs, JobQueue queue, SubmissionRules rules, BatchTelemetry telemetry, IOptions<FileSettings> files,
    ILogger<BatchSteps> log)
{
    /// <summary>Jobs of one batch at a time: what a worker may take without the batch filling the queue.</summary>
    const int MostOpen = 2_000;

    /// <summary>Lines that become jobs in a step.</summary>
    const int MostGiven = 500;

    /// <summary>Lines whose end is recorded in a step.</summary>
    const int MostEnded = 200;

    /// <summary>Results that are read at once: each may have many megabytes.</summary>
    const int ReadAtOnce = 2;

    /// <summary>Of results, what a step holds in memory at most, but for the last ones read.</summary>
    const int MostBytes = 8 * 1024 * 1024;

    /// <summary>Lines a step, of a batch that is called off.</summary>
    const int MostDropped = 2_000;

    /// <returns>Whether there is more to do at once.</returns>
    public async Task<bool> MoveAsync(TakenBatch taken, CancellationToken cancellationToken)
    {
        if (await batches.GetAsync(JobScope.All, taken.Id, cancellationToken) is not { } batch)
            return false;
        switch (batch.State)
        {
            case BatchState.Validating:
                await check.CheckAsync(taken, batch, cancellationToken);
                return true;
            case BatchState.InProgress or BatchState.Cancelling:
                return await WorkAsync(taken, batch, cancellationToken);
            case BatchState.Finalizing:
                await CloseAsync(taken, batch, cancellationToken);
                return false;
            default:
                return false;
        }
    }

    async Task<bool> WorkAsync(TakenBatch taken, StoredBatch batch, CancellationToken cancellationToken)
    {
        var target = BatchTargets.Find(batch.Endpoint) ?? throw new UnreachableException($"Batch {batch.Id} calls {batch.Endpoint}.");
        var isCalledOff = batch.HasExpired || batch.State == BatchState.Cancelling;
        if (isCalledOff)
            await queue.CancelAllAsync(await batches.OpenJobsAsync(batch.Id, cancellationToken), cancellationToken);

        var harvest = await HarvestAsync(taken, batch, target, isCalledOff, cancellationToken);
        if (harvest == Harvest.Full)
            return true;
        if (harvest == Harvest.Some)
        {
            if (await batches.GetAsync(JobScope.All, batch.Id, cancellationToken) is not { } changed)
                return false;
            batch = changed;
            isCalledOff = batch.HasExpired || batch.State == BatchState.Cancelling;
        }
        if (batch.Completed + batch.Failed == batch.Total)
        {
            if (batch.State == BatchState.Cancelling)
                await CloseAsync(taken, batch, cancellationToken);
            else
                await batches.FinalizeAsync(taken, cancellationToken);
            return true;
        }
        if (isCalledOff)
            return await DropAsync(taken, batch, target, cancellationToken);
        return batch.IsOverdue ? await batches.ExpireAsync(taken, cancellationToken) : await GiveAsync(taken, batch, target, cancellationToken);
    }

    /// <summary>Copies what has ended into the batch's files.</summary>
    async Task<Harvest> HarvestAsync(TakenBatch taken, StoredBatch batch, BatchTarget target, bool isCalledOff, CancellationToken cancellationToken)
    {
        var output = new BatchOutput(batch, target);
        List<BatchLine> missing = [];
        var hasExpired = false;
        var all = await batches.EndedAsync(batch.Id, MostEnded, cancellationToken);
        var isFull = all.Count == MostEnded;
        foreach (var lines in all.Chunk(ReadAtOnce))
        {
            if (output.Bytes > MostBytes)
            {
                isFull = true;
                break;
            }
            var ended = (await queue.OutcomesAsync([.. lines.Select(line => line.JobId!.Value)], cancellationToken)).ToDictionary(job => job.Id);
            foreach (var line in lines)
            {
                if (!ended.TryGetValue(line.JobId!.Value, out var job))
                    missing.Add(line);
                else if (job.Status.IsFinal())
                {
                    Copy(batch, line, job, output);
                    hasExpired |= output.IsExpired(job);
                }
            }
        }
        if (isCalledOff)
            missing.ForEach(output.Drop);
        else
            await MakeMissingAsync(batch, target, missing, output, cancellationToken);
        if (hasExpired && batch.State == BatchState.InProgress)
            await batches.ExpireAsync(taken, cancellationToken);
        return await RecordAsync(taken, output, cancellationToken) ? isFull ? Harvest.Full : Harvest.Some : Harvest.Nothing;
    }

    /// <summary>What cannot be copied stops the batch, for a person to look, but not longer than its time: then its line says so.</summary>
    void Copy(StoredBatch batch, BatchLine line, JobView job, BatchOutput output)
    {
        try
        {
            output.Add(line, job);
        }
        catch (Exception failure) when (batch.IsOverdue)
        {
            LogUnreadable(log, batch.Id, line.Line, job.Id, failure);
            output.Refuse(line, ErrorCodes.Internal, $"The result of this request's job, {job.Id}, is not one of a call of {batch.Endpoint}.", given: true);
        }
    }

    /// <summary>Lines that were noted to become jobs by a process that died before it made them.</summary>
    async Task MakeMissingAsync(StoredBatch batch, BatchTarget target, List<BatchLine> missing, BatchOutput output, CancellationToken cancellationToken)
    {
        while (missing.Count > 0)
        {
            var lines = BatchJobs.Readable(missing);
            await jobs.SubmitAsync(await jobs.ReadAsync(batch, target, lines, output, cancellationToken), output, cancellationToken);
            missing = missing[lines.Count..];
        }
    }

    /// <summary>Makes jobs of the next lines.</summary>
    /// <returns>Whether there is room for more of them.</returns>
    async Task<bool> GiveAsync(TakenBatch taken, StoredBatch batch, BatchTarget target, CancellationToken cancellationToken)
    {
        // Nobody is there to be told that the owner has too many jobs that wait: the lines stay in their file until there is room.
        var free = Math.Min(Math.Min(MostGiven, MostOpen - batch.Open), await rules.RoomAsync(batch.OwnerService, cancellationToken));
        if (free <= 0)
            return false;
        var lines = BatchJobs.Readable(await batches.WaitingAsync(batch.Id, free, cancellationToken));
        if (lines.Count == 0)
            return false;
        var output = new BatchOutput(batch, target);
        var made = await jobs.ReadAsync(batch, target, lines, output, cancellationToken);
        if (made.Count > 0)
        {
            if (!await batches.GiveAsync(taken, [.. made.Select(one => one.Line with { JobId = one.Job.Id })], cancellationToken))
                return false;
            rules.Note(batch.OwnerService, made.Count);
            await jobs.SubmitAsync(made, output, cancellationToken);
        }
        await RecordAsync(taken, output, cancellationToken);
        return output.Count > 0 || (batch.Open + made.Count < MostOpen && batch.Given + made.Count < batch.Total);
    }

    /// <summary>Ends lines that no job will be made of.</summary>
    async Task<bool> DropAsync(TakenBatch taken, StoredBatch batch, BatchTarget target, CancellationToken cancellationToken)
    {
        var output = new BatchOutput(batch, target);
        foreach (var line in await batches.WaitingAsync(batch.Id, MostDropped, cancellationToken))
            output.Drop(line);
        return await RecordAsync(taken, output, cancellationToken);
    }

    async Task<bool> RecordAsync(TakenBatch taken, BatchOutput output, CancellationToken cancellationToken)
    {
        var lines = output.ToLines();
        if (output.Count == 0 || !await batches.EndAsync(taken, lines, cancellationToken))
            return false;
        telemetry.Ended(lines.Completed.Count, lines.Failed.Count);
        return true;
    }

    async Task CloseAsync(TakenBatch taken, StoredBatch batch, CancellationToken cancellationToken)
    {
        if (await batches.CloseAsync(taken, files.Value.Ttl, cancellationToken))
            telemetry.Closed(batch.State == BatchState.Cancelling ? BatchState.Cancelled : batch.HasExpired ? BatchState.Expired : BatchState.Completed);
    }

    [LoggerMessage(1043, LogLevel.Error, "The result of line {Line} of batch {BatchId}, job {JobId}, cannot be copied; the time of the batch is over, and its error file says so.")]
    static partial void LogUnreadable(ILogger log, Guid batchId, int line, Guid jobId, Exception failure);

    /// <summary>What was copied of that which has ended.</summary>
    enum Harvest
    {
        Nothing,
        Some,

        /// <summary>As much as a step takes: there may be more.</summary>
        Full,
    }
}
