using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.OpenAi.Files;

/// <summary>OpenAI's files: what batches read and make.</summary>
static class FileEndpoints
{
    public static void MapFiles(this IEndpointRouteBuilder routes)
    {
        var files = routes.MapGroup("/v1/files").WithTags("OpenAI");
        files.MapPost("", UploadAsync).Needs(CallerRole.Submit).Within(RouteTimeouts.FileUpload).WithName("create_file").WithSummary("Keep a file: a form with file and purpose")
            .WithDescription("purpose is batch. expires_after[anchor]=created_at and expires_after[seconds] have it removed earlier than FILE_TTL says.")
            .Produces<FileView>().RefusesAsOpenAi(
                Status400BadRequest, Status401Unauthorized, Status413PayloadTooLarge, Status415UnsupportedMediaType, Status422UnprocessableEntity,
                Status503ServiceUnavailable);
        files.MapGet("", ListAsync).Needs(CallerRole.Read).WithName("list_files").WithSummary("List files")
            .Produces<FileList>().RefusesAsOpenAi(Status401Unauthorized, Status422UnprocessableEntity, Status503ServiceUnavailable);
        files.MapGet("/{id}", GetAsync).Needs(CallerRole.Read).WithName("get_file").WithSummary("What is known of a file")
            .Produces<FileView>().RefusesAsOpenAi(Status401Unauthorized, Status404NotFound, Status503ServiceUnavailable);
        files.MapGet("/{id}/content", ReadAsync).Needs(CallerRole.Read).WithName("read_file").WithSummary("The content of a file")
            .Produces(Status200OK, contentType: FileContent.MediaType).RefusesAsOpenAi(Status401Unauthorized, Status404NotFound, Status503ServiceUnavailable);
        files.MapDelete("/{id}", DeleteAsync).Needs(CallerRole.Submit).WithName("delete_file").WithSummary("Remove a file")
            .WithDescription("Not while a batch that has not ended reads it (409).")
            .Produces<FileRemoved>().RefusesAsOpenAi(Status401Unauthorized, Status404NotFound, Status409Conflict, Status503ServiceUnavailable);
    }

    static async Task<IResult> UploadAsync(OwnerHeaders owner, FileUpload upload, HttpContext context)
    {
        var (file, problem) = await upload.ReceiveAsync(context, owner.Service);
        return problem is not null ? problem : TypedResults.Ok(View(file!));
    }

    static async Task<IResult> ListAsync(
        Query<FileListQuery> query, OwnerHeaders owner, RequestCaller caller, FileStore files, CancellationToken cancellationToken)
    {
        var (after, newestFirst, limit, purpose) = query.Value;
        var page = await files.ListAsync(caller.Scope, after, newestFirst, limit + 1, owner.Said, purpose, cancellationToken);
        List<FileView> shown = [.. page.Take(limit).Select(View)];
        return TypedResults.Ok(new FileList("list", shown, shown.FirstOrDefault()?.Id, shown.LastOrDefault()?.Id, page.Count > limit));
    }

    static async Task<IResult> GetAsync(string id, RequestCaller caller, FileStore files, CancellationToken cancellationToken) =>
        await FindAsync(caller.Scope, id, files, cancellationToken) is { } file ? TypedResults.Ok(View(file)) : Problems.NoSuchFile(id);

    static async Task<IResult> ReadAsync(string id, RequestCaller caller, FileStore files, CancellationToken cancellationToken) =>
        await FindAsync(caller.Scope, id, files, cancellationToken) is { } file ? new FileContent(caller.Scope, file, files) : Problems.NoSuchFile(id);

    static async Task<IResult> DeleteAsync(string id, RequestCaller caller, FileStore files, CancellationToken cancellationToken) =>
        (WireIds.File(id) is { } known ? await files.RemoveAsync(caller.Scope, known, cancellationToken) : FileRemoval.NotFound) switch
        {
            FileRemoval.Removed => TypedResults.Ok(new FileRemoved(id, "file", true)),
            FileRemoval.InUse => Problems.FileInUse(id),
            _ => Problems.NoSuchFile(id),
        };

    static async Task<StoredFile?> FindAsync(JobScope scope, string id, FileStore files, CancellationToken cancellationToken) =>
        WireIds.File(id) is { } known ? await files.GetAsync(scope, known, cancellationToken) : null;

    static FileView View(StoredFile file) => new(
        WireIds.OfFile(file.Id), "file", file.Bytes, file.CreatedAt.ToUnixTimeSeconds(), file.ExpiresAt.ToUnixTimeSeconds(), file.Filename, file.Purpose,
        "processed");
}
