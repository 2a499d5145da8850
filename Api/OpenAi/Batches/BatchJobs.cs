using System.Globalization;
using AiPlatform.Api.Submission;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.Api.OpenAi.Batches;

/// <summary>Makes jobs of a batch's lines, each once: its id is noted before, and its key is made of batch and line.</summary>
sealed class BatchJobs(JobQueue queue, FileStore files, SubmissionRules rules)
{
    /// <summary>Lines that are read at once, unless a single one has more bytes.</summary>
    const int MostBytes = 8 * 1024 * 1024;

    /// <summary>The first of the lines, as many as may be read at once.</summary>
    public static List<BatchLine> Readable(List<BatchLine> lines)
    {
        var first = lines.FirstOrDefault();
        return first is null ? [] : [.. lines.TakeWhile(line => line == first || line.Place + line.Bytes - first.Place <= MostBytes)];
    }

    /// <summary>The jobs of lines that lie close together; what cannot be made a job is noted.</summary>
    public async Task<List<(BatchLine Line, NewJob Job)>> ReadAsync(
        StoredBatch batch, BatchTarget target, List<BatchLine> lines, BatchOutput refused, CancellationToken cancellationToken)
    {
        var start = lines[0].Place;
        var bytes = await files.ReadAsync(JobScope.All, batch.InputFile, start, (int)(lines[^1].Place - start) + lines[^1].Bytes, cancellationToken);
        var tenant = await rules.TenantOfAsync(batch.OwnerService, cancellationToken);
        List<(BatchLine Line, NewJob Job)> jobs = [];
        foreach (var line in lines)
        {
            var isThere = line.Place - start + line.Bytes <= bytes.Length;
            List<string> faults = [];
            var request = isThere
                ? BatchRequest.Read(bytes.Span.Slice((int)(line.Place - start), line.Bytes), target, (_, message, _) => faults.Add(message)) : null;
            if (request is not null)
                jobs.Add((line, Job(batch, tenant, target, line, request)));
            else
                refused.Refuse(line, "invalid_request", isThere ? string.Join(' ', faults) : "The input file was removed.", given: line.JobId is not null);
        }
        return jobs;
    }

    /// <summary>Submits jobs; those that exist already stay as they are.</summary>
    public Task SubmitAsync(IEnumerable<(BatchLine Line, NewJob Job)> jobs, BatchOutput refused, CancellationToken cancellationToken) =>
        Task.WhenAll(jobs.Select(async made =>
        {
            // One by one: they share their commits with each other, and one that is refused does not hold up the rest.
            var outcome = (await queue.SubmitAsync([made.Job], cancellationToken))[0];
            if (outcome.Id != made.Job.Id || outcome.Result == SubmitResult.KeyConflict)
            {
                lock (refused)
                {
                    refused.Refuse(
                        made.Line, ErrorCodes.IdempotencyConflict, $"The owner used the idempotency key {made.Job.IdempotencyKey} for another job.", given: true);
                }
            }
        }));

    static NewJob Job(StoredBatch batch, string? tenant, BatchTarget target, BatchLine line, BatchRequest request) => new()
    {
        Id = line.JobId ?? Guid.CreateVersion7(),
        TenantId = tenant,
        OwnerService = batch.OwnerService,
        OwnerRef = batch.OwnerRef,
        TaskType = target.TaskType,
        ModelProfile = request.Model,
        Priority = JobPriority.Low,
        // A model server may be away for hours of its day; the deadline ends what no attempt could.
        MaxAttempts = CreateJob.MostAttempts,
        Input = request.Input,
        Deadline = batch.ExpiresAt,
        IdempotencyKey = string.Create(CultureInfo.InvariantCulture, $"{WireIds.OfBatch(batch.Id)}:{line.Line}"),
        Traceparent = batch.Traceparent,
    };
}
