using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Contracts.Transcripts;
using AiPlatform.Jobs;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.Endpoints;

/// <summary>The transcript of a job in the form that its reader wants.</summary>
static class TranscriptEndpoints
{
    public static void MapTranscripts(this IEndpointRouteBuilder jobs) =>
        jobs.MapGet("/{id:guid}/transcript", GetAsync).Needs(CallerRole.Read).WithName("get_transcript").WithSummary("The transcript of a transcription as JSON, text or subtitles")
            .WithDescription("As JSON it is the job's result. Of a job that runs it is what there is so far, marked as partial; of one that has not begun it is 409 not_finished.")
            .Produces<TranscriptionResult>(Status200OK, "application/json", [.. TranscriptForms.All.Skip(1).Select(form => form.Media[0])])
            .Refuses(Status401Unauthorized, Status404NotFound, Status409Conflict, Status422UnprocessableEntity, Status503ServiceUnavailable);

    static async Task<IResult> GetAsync(Guid id, Query<TranscriptQuery> query, JobQueue queue, JobCheckpoints checkpoints, HttpContext context)
    {
        if (await queue.GetAsync(RequestCaller.Of(context).Scope, id, context.RequestAborted) is not { } job)
            return Problems.NoSuchJob(id);
        if (!TranscriptionInputs.IsTranscription(job.TaskType))
            return Problems.NoTranscript(job);
        context.Response.Headers.Vary = "Accept";
        var form = query.Value.Format is { } name ? TranscriptForms.Named(name) : TranscriptForms.Accepted(context.Request);
        if (!job.Status.IsFinal())
            return await SoFarAsync(job, form, checkpoints, context);
        if (job.Status != JobStatus.Completed)
            return Problems.NoTranscriptOfEnded(job);
        if (form.Of is null)
            return TypedResults.Text(job.Result?.GetRawText() ?? "null", form.ContentType);
        return TranscriptForms.Result(job) is { } result ? TypedResults.Text(form.Of(result), form.ContentType) : Problems.TranscriptUnreadable(job);
    }

    /// <summary>What its worker has so far. Nothing is known of the work of external workers.</summary>
    static async Task<IResult> SoFarAsync(JobView job, TranscriptForm form, JobCheckpoints checkpoints, HttpContext context)
    {
        var saved = await checkpoints.ReadAsync(RequestCaller.Of(context).Scope, job.Id, context.RequestAborted);
        if (TranscriptSoFar.Of(saved.ToDictionary(checkpoint => checkpoint.Key, checkpoint => checkpoint.Content, StringComparer.Ordinal)) is not { } known)
            return Problems.TranscriptNotFinished(job);
        context.Response.Headers["X-Transcript-Partial"] = "true";
        return form.Of is { } render
            ? TypedResults.Text(render(known), form.ContentType)
            : TypedResults.Json(known, ContractsJson.Default.TranscriptionResult);
    }
}
