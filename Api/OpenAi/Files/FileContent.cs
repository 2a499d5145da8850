using AiPlatform.Api.Access;
using AiPlatform.Jobs;
using Microsoft.Net.Http.Headers;

namespace AiPlatform.Api.OpenAi.Files;

/// <summary>A file's bytes, as they come out of the store. One that is removed meanwhile, or whose reader is revoked, breaks off: it never looks as if it were whole.</summary>
sealed class FileContent(JobScope scope, StoredFile file, FileStore files) : IResult
{
    public const string MediaType = "application/octet-stream";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = MediaType;
        response.ContentLength = file.Bytes;
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(file.Filename);
        response.Headers.ContentDisposition = disposition.ToString();
        var caller = RequestCaller.Of(httpContext);
        var left = file.Bytes;
        await foreach (var part in files.ReadAsync(scope, file.Id, httpContext.RequestAborted))
        {
            if (!caller.IsStillIn)
                break;
            await response.Body.WriteAsync(part, httpContext.RequestAborted);
            left -= part.Length;
        }
        if (left > 0)
            httpContext.Abort();
    }
}
