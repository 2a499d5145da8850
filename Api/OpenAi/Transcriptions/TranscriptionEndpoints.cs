using AiPlatform.Api.Access;
using AiPlatform.Api.Audio;
using AiPlatform.Api.Chat;
using AiPlatform.Api.Endpoints;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Status;
using AiPlatform.Api.Submission;
using AiPlatform.Api.Uploads;
using AiPlatform.Contracts;
using AiPlatform.Contracts.Transcripts;
using Microsoft.AspNetCore.Http.HttpResults;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.OpenAi.Transcriptions;

/// <summary>OpenAI's transcriptions, through the queue: the audio is kept as a file until its job has ended.</summary>
static class TranscriptionEndpoints
{
    public static void MapTranscriptions(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/audio/transcriptions", TranscribeAsync).Needs(CallerRole.Submit).Within(RouteTimeouts.Transcription).WithTags("OpenAI")
            .WithName("create_transcription").WithSummary("OpenAI's transcriptions: a form with file and model")
            .WithDescription(
                "model is a model profile of transcription, or the name of a model that a transcription provider serves. response_format is json, text, srt, "
                + "verbose_json or vtt; stream=true sends transcript.text.delta and transcript.text.done. language, prompt, temperature, and beyond OpenAI's fields "
                + "diarize (default false), num_speakers, chunk_seconds, provider, strict and include_gaps go to the job. X-Job-Id names it. "
                + "The job of a caller who leaves is cancelled soon, unless the caller sent an Idempotency-Key.")
            .Produces<TranscriptionAnswer>()
            .RefusesAsOpenAi(
                Status400BadRequest, Status401Unauthorized, Status404NotFound, Status409Conflict, Status413PayloadTooLarge, Status415UnsupportedMediaType,
                Status422UnprocessableEntity, Status429TooManyRequests, Status502BadGateway, Status503ServiceUnavailable, Status504GatewayTimeout);

    static async Task<IResult> TranscribeAsync(
        CallQueueing queueing, AudioFiles audio, AudioInputs inputs, UploadReader uploads, CallDesk desk, LiveWorkers workers, HttpContext context)
    {
        // The file has the id of its job, so that it goes with it.
        var id = Guid.CreateVersion7();
        if (SubmissionRules.Refusal(queueing.Caller, [CallDesk.Job(queueing, TranscriptionInputs.TaskTypes[0], CreateJob.DefaultProfile, default)], _ => "") is { } forbidden)
            return forbidden;
        var upload = audio.Begin(queueing.Caller.Scope, id, queueing.OwnerService, context.Request.ContentLength);
        var call = default(TranscriptionCall);
        var (file, problem) = await uploads.ReceiveFormAsync(context, upload, async ended =>
        {
            call = Read(upload);
            return upload.Errors.Any ? (null, Problems.Invalid(upload.Errors)) : await audio.FinishForAsync(id, upload, ended);
        });
        if (file is null)
            return problem!;
        IResult answer;
        try
        {
            answer = await AnswerAsync(queueing, call!, upload, desk, workers, context);
        }
        catch (Exception failure)
        {
            await inputs.DropUnmadeAsync([new(id, [id])], failure);
            throw;
        }
        // Where another job answers, or none was made, nobody needs what came.
        if (context.Response.Headers[AnswerHeaders.JobId] != id.ToString())
            await audio.DropAsync(id);
        return answer;
    }

    static async Task<IResult> AnswerAsync(
        CallQueueing queueing, TranscriptionCall call, Upload upload, CallDesk desk, LiveWorkers workers, HttpContext context)
    {
        var (profile, provider) = Resolve(call.Model, await workers.ListAsync(context.RequestAborted));
        if (await desk.NoSuchModelAsync(TranscriptionInputs.TaskTypes[0], profile, context.RequestAborted) is { } unknown)
            return unknown;
        var job = CallDesk.Job(queueing, TranscriptionInputs.TaskTypes[0], profile, call.With("audio_ref", upload.Id.ToString(), provider)) with
        {
            Id = upload.Id,
            // Each try is another file; the same call has the same bytes.
            AsAsked = call.With("audio_sha256", upload.Sha256, provider),
        };
        return call.IsStream
            ? await desk.StreamAsync(context, job, (id, events) => new AnswerStream(new TranscriptWriter(context), context, id).WriteAsync(events))
            : await desk.AnswerAsync(context, job, completed => Whole(completed, call.Format));
    }

    static TranscriptionCall Read(Upload upload)
    {
        var call = TranscriptionCall.Read(upload);
        TranscriptionInputs.Read(call.With("audio_ref", upload.Id.ToString(), provider: null), out var faults);
        foreach (var fault in faults)
            upload.Errors.Add(fault.Field, fault.Message);
        return call;
    }

    /// <summary>The profile of a model; of the name of a provider's model, the default profile and that provider.</summary>
    static (string Profile, string? Provider) Resolve(string model, IReadOnlyList<WorkerReport> live)
    {
        var workers = live.Where(worker => worker.TaskTypes.Contains(TranscriptionInputs.TaskTypes[0])).ToList();
        return workers.Any(worker => worker.ModelProfiles.Contains(model))
            || workers.SelectMany(worker => worker.Providers).FirstOrDefault(provider => provider.Configured && provider.Model == model) is not { } known
                ? (model, null)
                : (CreateJob.DefaultProfile, known.Name);
    }

    static ContentHttpResult Rendered(TranscriptForm form, TranscriptionResult result) => TypedResults.Text(form.Of!(result), form.ContentType);

    static IResult Whole(JobView completed, string format) => TranscriptForms.Result(completed) is not { } result
        ? Problems.TranscriptUnreadable(completed)
        : format switch
        {
            TranscriptionCall.Json => TypedResults.Json(new TranscriptionAnswer(result.Text, result.Usage), OpenAiJson.Types.TranscriptionAnswer),
            TranscriptionCall.VerboseJson => TypedResults.Text(VerboseJson.Of(result), "application/json"),
            _ => Rendered(TranscriptForms.Named(format), result),
        };
}
