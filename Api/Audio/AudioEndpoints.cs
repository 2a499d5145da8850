using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.OpenAi;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Uploads;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.Audio;

/// <summary>Audio for jobs that name it by <c>audio_ref</c>.</summary>
static class AudioEndpoints
{
    static readonly string[] Bodies = ["multipart/form-data", "audio/*", "video/*", "application/ogg", "application/octet-stream"];

    public static void MapAudio(this IEndpointRouteBuilder routes)
    {
        var audio = routes.MapGroup("/api/v1/audio").WithTags("Audio");
        audio.MapPost("", UploadAsync).Needs(CallerRole.Submit).Within(RouteTimeouts.AudioUpload).WithName("upload_audio").WithSummary("Keep audio for transcriptions: a form with file, or the audio as the body")
            .WithDescription(
                "The answer's audio_ref stands in the input of jobs. What is sent is stored as it comes and is there once all of it has come. "
                + "Of a body, Content-Disposition may say the filename.")
            .RefusesBodies().Refuses(Status429TooManyRequests);
        audio.MapGet("/{id:guid}", GetAsync).Needs(CallerRole.Read).WithName("get_audio").WithSummary("What is known of audio that is kept").Refuses(Status404NotFound);
        audio.MapDelete("/{id:guid}", DeleteAsync).Needs(CallerRole.Submit).WithName("delete_audio").WithSummary("Remove audio")
            .WithDescription("Jobs that refer to it and have not read it yet fail.")
            .Refuses(Status404NotFound);
    }

    static async Task<Results<Created<AudioView>, ProblemResult>> UploadAsync(OwnerHeaders owner, AudioFiles audio, UploadReader uploads, HttpContext context)
    {
        var type = context.Request.ContentType;
        var isForm = UploadReader.IsForm(type);
        if (!isForm && !IsAudio(type))
            return Problems.UnsupportedMediaType(Bodies);
        var upload = audio.Begin(RequestCaller.Of(context).Scope, Guid.CreateVersion7(), owner.Service, context.Request.ContentLength);
        async Task<(StoredFile?, ProblemResult?)> FinishAsync(CancellationToken ended)
        {
            foreach (var unknown in upload.FieldNames)
                upload.Errors.Add(Shown.Name(unknown), $"is not known; {Shown.Allowed([UploadReader.FileField])}");
            return await audio.FinishAsync(upload, ended);
        }
        var (file, problem) = isForm
            ? await uploads.ReceiveFormAsync(context, upload, FinishAsync)
            : await uploads.ReceiveBodyAsync(context, upload, FinishAsync);
        return problem is not null
            ? problem
            : TypedResults.Created($"/api/v1/audio/{upload.Id}", View(file!) with { Sha256 = upload.Sha256 });
    }

    static async Task<Results<Ok<AudioView>, ProblemResult>> GetAsync(Guid id, RequestCaller caller, AudioFiles audio, CancellationToken cancellationToken) =>
        await audio.FindAsync(caller.Scope, id, cancellationToken) is { } file ? TypedResults.Ok(View(file)) : Problems.NoSuchAudio(id);

    static async Task<Results<NoContent, ProblemResult>> DeleteAsync(
        Guid id, RequestCaller caller, AudioFiles audio, FileStore files, CancellationToken cancellationToken) =>
        await audio.FindAsync(caller.Scope, id, cancellationToken) is not null && await files.RemoveAsync(caller.Scope, id, cancellationToken) == FileRemoval.Removed
            ? TypedResults.NoContent()
            : Problems.NoSuchAudio(id);

    static AudioView View(StoredFile file) => new(file.Id, file.Bytes, file.Filename, file.OwnerService, file.CreatedAt, file.ExpiresAt);

    static bool IsAudio(string? contentType) => MediaTypeHeaderValue.TryParse(contentType, out var type)
        && Bodies[1..].Any(body => MediaTypeHeaderValue.TryParse(body, out var known) && type.IsSubsetOf(known));
}
