using AiPlatform.Api.Access;
using System.Globalization;
using AiPlatform.Api.Errors;
using AiPlatform.Api.OpenAi.Files;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Submission;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Options;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.OpenAi.Batches;

/// <summary>OpenAI's batches: many requests in one file, run as jobs of priority low.</summary>
static class BatchEndpoints
{
    /// <summary>OpenAI knows no other.</summary>
    static readonly TimeSpan Window = TimeSpan.FromHours(24);

    public static void MapBatches(this IEndpointRouteBuilder routes)
    {
        var batches = routes.MapGroup("/v1/batches").WithTags("OpenAI");
        batches.MapPost("", CreateAsync).Needs(CallerRole.Submit).WithName("create_batch").WithSummary("Run the requests of a file, one a line, as jobs of priority low")
            .WithDescription("The same Idempotency-Key from the same owner is answered with the first batch; with another body it is refused (409).")
            .Produces<BatchView>().RefusesAsOpenAi(
                Status400BadRequest, Status401Unauthorized, Status409Conflict, Status413PayloadTooLarge, Status415UnsupportedMediaType, Status422UnprocessableEntity,
                Status503ServiceUnavailable);
        batches.MapGet("", ListAsync).Needs(CallerRole.Read).WithName("list_batches").WithSummary("List batches, newest first")
            .Produces<BatchList>().RefusesAsOpenAi(Status401Unauthorized, Status422UnprocessableEntity, Status503ServiceUnavailable);
        batches.MapGet("/{id}", GetAsync).Needs(CallerRole.Read).WithName("get_batch").WithSummary("How far a batch is, and its files once it has ended")
            .Produces<BatchView>().RefusesAsOpenAi(Status401Unauthorized, Status404NotFound, Status503ServiceUnavailable);
        batches.MapPost("/{id}/cancel", CancelAsync).Needs(CallerRole.Submit).WithName("cancel_batch").WithSummary("Run no further request of a batch")
            .WithDescription("What has ended is in its files, what has not is in its error file as batch_cancelled.")
            .Produces<BatchView>().RefusesAsOpenAi(Status401Unauthorized, Status404NotFound, Status409Conflict, Status503ServiceUnavailable);
    }

    static async Task<IResult> CreateAsync(
        Body<CreateBatch> body, OwnerHeaders owner, IdempotencyKey key, RequestCaller caller, HttpRequest request, FileStore files, FileUpload uploads, BatchStore batches, BatchDriver driver,
        IOptions<FileSettings> settings, CancellationToken cancellationToken)
    {
        var (call, errors) = (body.Value, new InputErrors());
        BatchRules.Check(call, errors);
        if (BatchTargets.Find(call.Endpoint) is { } target && SubmissionRules.TaskTypeRefusal(caller.Caller, target.TaskType, "endpoint") is { } forbidden)
            return forbidden;
        var word = key.With(null, errors);
        var ttl = ExpiryRule.Read(
            call.OutputExpiresAfter?.Anchor, call.OutputExpiresAfter?.Seconds?.ToString(CultureInfo.InvariantCulture), settings.Value.Ttl, part => $"output_expires_after.{part}", errors);
        var file = WireIds.File(call.InputFileId!);
        var batch = BatchRules.New(call, file ?? Guid.Empty, owner, ttl, NewJobs.Traceparent) with { IdempotencyKey = word };
        // Before its file is looked for: that may be gone by now.
        var within = word is null ? ClientRetries.EarlierBy(request) : TimeSpan.Zero;
        if (!errors.Any && within is { } age && await batches.FindAsync(caller.Scope, batch, age, cancellationToken) is { } earlier)
        {
            if (BatchRules.IsSameCall(earlier, batch))
                return TypedResults.Ok(BatchViews.Of(earlier));
            if (word is not null)
                return Problems.BatchKeyConflict();
        }
        var input = file is { } id ? await files.GetAsync(caller.Scope, id, cancellationToken) : null;
        if (input is null)
            errors.Add("input_file_id", $"{Shown.Before($"'{call.InputFileId}'")}is not the id of a file that is here.");
        else if (input.Purpose != FileUpload.BatchPurpose)
            errors.Add("input_file_id", $"'{call.InputFileId}' is a file of purpose {input.Purpose}; {Shown.Allowed([FileUpload.BatchPurpose])}");
        if (errors.Any)
            return Problems.Invalid(errors);
        if (await uploads.FullAsync(owner.Service, cancellationToken) is { } full)
            return full;

        if (await batches.CreateAsync(caller.Scope, batch, Window, cancellationToken))
        {
            driver.Wake();
            return await batches.GetAsync(caller.Scope, batch.Id, cancellationToken) is { } created ? TypedResults.Ok(BatchViews.Of(created)) : Problems.NoSuchBatch(WireIds.OfBatch(batch.Id));
        }
        if (word is null || await batches.FindAsync(caller.Scope, batch, TimeSpan.Zero, cancellationToken) is not { } first)
            return Problems.Invalid("input_file_id", $"'{call.InputFileId}' has just been removed.");
        return BatchRules.IsSameCall(first, batch) ? TypedResults.Ok(BatchViews.Of(first)) : Problems.BatchKeyConflict();
    }

    static async Task<IResult> ListAsync(
        Query<BatchListQuery> query, OwnerHeaders owner, RequestCaller caller, BatchStore batches, CancellationToken cancellationToken)
    {
        var (after, limit) = query.Value;
        var page = await batches.ListAsync(caller.Scope, after, limit + 1, owner.Said, cancellationToken);
        List<BatchView> shown = [.. page.Take(limit).Select(BatchViews.Of)];
        return TypedResults.Ok(new BatchList("list", shown, shown.FirstOrDefault()?.Id, shown.LastOrDefault()?.Id, page.Count > limit));
    }

    static async Task<IResult> GetAsync(string id, RequestCaller caller, BatchStore batches, CancellationToken cancellationToken) =>
        await FindAsync(caller.Scope, id, batches, cancellationToken) is { } batch ? TypedResults.Ok(BatchViews.Of(batch)) : Problems.NoSuchBatch(id);

    static async Task<IResult> CancelAsync(string id, RequestCaller caller, BatchStore batches, BatchDriver driver, CancellationToken cancellationToken)
    {
        var isCancelled = WireIds.Batch(id) is { } known && await batches.CancelAsync(caller.Scope, known, cancellationToken);
        if (await FindAsync(caller.Scope, id, batches, cancellationToken) is not { } batch)
            return Problems.NoSuchBatch(id);
        driver.Wake();
        return isCancelled || batch.State is BatchState.Cancelling or BatchState.Cancelled
            ? TypedResults.Ok(BatchViews.Of(batch)) : Problems.BatchEnded(id, Wire.Word(batch.State));
    }

    static async Task<StoredBatch?> FindAsync(JobScope scope, string id, BatchStore batches, CancellationToken cancellationToken) =>
        WireIds.Batch(id) is { } known ? await batches.GetAsync(scope, known, cancellationToken) : null;
}
