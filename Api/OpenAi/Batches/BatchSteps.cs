using System.Diagnostics;
using AiPlatform.Api.OpenAi.Files;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.OpenAi.Batches;

/// <summary>Moves a batch on from what Postgres says of it, by a bounded step. A step may break off anywhere: the next one, in whichever process, begins
/// with what was committed.</summary>
sealed class BatchSteps(
    BatchStore batches, BatchCheck check, BatchJobs jobs, JobQueue queue, BatchTelemetry telemetry, IOptions<FileSettings> files)
{
    /// <summary>Jobs of one batch at a time: what a worker may take without the batch filling the queue.</summary>
    const int MostOpen = 2_000;

    /// <summary>Lines that become jobs in a step.</summary>
    const int MostGiven = 500;

    /// <summary>Lines whose end is recorded in a step.</summary>
    const int MostEnded = 200;

    /// <summary>Jobs that are read at once, with their inputs and results.</summary>
    const int ReadAtOnce = 20;

    /// <summary>Of results, what a step holds in memory at most, but for the last jobs read.</summary>
    const int MostBytes = 8 * 1024 * 1024;

    /// <summary>Lines a step, of a batch that is called off.</summary>
    const int MostDropped = 2_000;

    /// <returns>Whether there is more to do at once.</returns>
    public async Task<bool> MoveAsync(TakenBatch taken, CancellationToken cancellationToken)
    {
        if (await batches.GetAsync(taken.Id, cancellationToken) is not { } batch)
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

        if (await HarvestAsync(taken, batch, target, cancellationToken))
            return true;
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
    /// <returns>Whether anything was done.</returns>
    async Task<bool> HarvestAsync(TakenBatch taken, StoredBatch batch, BatchTarget target, CancellationToken cancellationToken)
    {
        var output = new BatchOutput(batch, target);
        List<BatchLine> missing = [];
        var hasExpired = false;
        foreach (var lines in (await batches.EndedAsync(batch.Id, MostEnded, cancellationToken)).Chunk(ReadAtOnce))
        {
            var ended = (await queue.GetAsync([.. lines.Select(line => line.JobId!.Value)], cancellationToken)).ToDictionary(job => job.Id);
            foreach (var line in lines)
            {
                if (!ended.TryGetValue(line.JobId!.Value, out var job))
                    missing.Add(line);
                else if (job.Status.IsFinal())
                {
                    output.Add(line, job);
                    hasExpired |= output.IsExpired(job);
                }
            }
            if (output.Bytes > MostBytes)
                break;
        }
        await MakeMissingAsync(batch, target, missing, output, cancellationToken);
        if (hasExpired && batch.State == BatchState.InProgress)
            await batches.ExpireAsync(taken, cancellationToken);
        return await RecordAsync(taken, output, cancellationToken) || missing.Count > 0;
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
    async Task<bool> GiveAsync(TakenBatch taken, StoredBatch batch, BatchTarget target, CancellationToken cancellationToken)
    {
        var free = Math.Min(MostGiven, MostOpen - batch.Open);
        if (free <= 0)
            return false;
        var lines = BatchJobs.Readable(await batches.WaitingAsync(batch, free, cancellationToken));
        if (lines.Count == 0)
            return false;
        var output = new BatchOutput(batch, target);
        var made = await jobs.ReadAsync(batch, target, lines, output, cancellationToken);
        if (made.Count > 0)
        {
            if (!await batches.GiveAsync(taken, [.. made.Select(one => one.Line with { JobId = one.Job.Id })], cancellationToken))
                return false;
            await jobs.SubmitAsync(made, output, cancellationToken);
        }
        await RecordAsync(taken, output, cancellationToken);
        return true;
    }

    /// <summary>Ends lines that no job will be made of.</summary>
    async Task<bool> DropAsync(TakenBatch taken, StoredBatch batch, BatchTarget target, CancellationToken cancellationToken)
    {
        var output = new BatchOutput(batch, target);
        foreach (var line in await batches.WaitingAsync(batch, MostDropped, cancellationToken))
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
}
