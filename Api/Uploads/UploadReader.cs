using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace AiPlatform.Api.Uploads;

/// <summary>Receives a file, as a form or as the body itself, part by part: no more of it than a part is ever in memory.</summary>
sealed class UploadReader(FileStore files, TimeProvider time)
{
    public const string FileField = "file";

    /// <summary>How long what a dead process leaves of an upload stays behind, where room was never made for it: then it has no bytes.</summary>
    public static readonly TimeSpan Unfinished = TimeSpan.FromDays(1);

    const int MostFields = 32;
    const int MostFieldBytes = 32 * 1024;
    const int LongestName = 255;
    const int LongestBoundary = 70;
    const string NoName = "upload";
    const string NotDecoded = "is in an encoding that is not read, such as UTF-7; UTF-8 is.";

    /// <summary>Of a body, what is not the file: boundaries, headers and the other fields.</summary>
    public const int Around = 64 * 1024;

    /// <summary>How long a refused upload may hold its answer up while its parts are removed.</summary>
    static readonly TimeSpan CleanUp = TimeSpan.FromSeconds(30);

    /// <param name="finish">Checks what has come, and makes the file whole or says why not.</param>
    public Task<(StoredFile? File, ProblemResult? Problem)> ReceiveFormAsync(
        HttpContext context, Upload upload, Func<CancellationToken, Task<(StoredFile?, ProblemResult?)>> finish) =>
        Boundary(context.Request.ContentType) is { } boundary
            ? ReceiveAsync(context, upload, (body, ended) => ReadFormAsync(new MultipartReader(boundary, body) { HeadersCountLimit = MostFields }, upload, ended), finish)
            : Task.FromResult<(StoredFile?, ProblemResult?)>((null, Problems.FormExpected()));

    /// <inheritdoc cref="ReceiveFormAsync"/>
    public Task<(StoredFile? File, ProblemResult? Problem)> ReceiveBodyAsync(
        HttpContext context, Upload upload, Func<CancellationToken, Task<(StoredFile?, ProblemResult?)>> finish) =>
        ReceiveAsync(context, upload, (body, ended) => StoreAsync(body, NameOf(context.Request), upload, ended), finish);

    public static bool IsForm(string? contentType) => Boundary(contentType) is not null;

    /// <summary>Removes what came of an upload. The caller may have left, and Postgres too; what stays behind goes when its time is over.</summary>
    public async Task DropAsync(Guid id)
    {
        using var limit = new CancellationTokenSource(CleanUp, time);
        try
        {
            await files.DropAsync(id, limit.Token);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
        {
        }
    }

    async Task<(StoredFile? File, ProblemResult? Problem)> ReceiveAsync(
        HttpContext context, Upload upload, Func<Stream, CancellationToken, Task> read, Func<CancellationToken, Task<(StoredFile?, ProblemResult?)>> finish)
    {
        var (request, aborted) = (context.Request, context.RequestAborted);
        // A body over the limit is read to its end before it is refused, as any other, but no further than that.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = upload.Most + Around + Limits.MostThrownAway;
        var isKept = false;
        var caller = upload.Sender = RequestCaller.Of(context);
        try
        {
            await read(request.Body, aborted);
            if ((upload.Refusal ?? (caller.IsStillIn ? null : Problems.NoLongerIn())) is { } refusal)
                return (null, refusal);
            var (file, problem) = await finish(aborted);
            isKept = file is not null;
            return (file, problem);
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, upload.Refusal ?? upload.TooLarge);
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException and not BadHttpRequestException && !aborted.IsCancellationRequested)
        {
            return (null, Problems.BadRequest("The form cannot be read: it breaks off, or its parts are not divided as its Content-Type says."));
        }
        finally
        {
            if (upload.HasBegun && !isKept)
                await DropAsync(upload.Id);
        }
    }

    async Task ReadFormAsync(MultipartReader form, Upload upload, CancellationToken cancellationToken)
    {
        for (var count = 0; await form.ReadNextSectionAsync(cancellationToken) is { } section; count++)
        {
            var field = section.GetContentDispositionHeader();
            var name = Decoded(() => field?.Name ?? default);
            if (count == MostFields)
                upload.Errors.Add(InputErrors.Body, $"has more than {MostFields} fields.");
            else if (count > MostFields)
                continue;
            else if (name is null)
                upload.Errors.Add(InputErrors.Body, $"has a field whose name {NotDecoded}");
            else if (name != FileField)
                await NoteAsync(name, section, upload, cancellationToken);
            else if (upload.HasFile)
                upload.Errors.Add(FileField, "is given twice.");
            else
                await StoreAsync(section.Body, NameOf(field!), upload, cancellationToken);
        }
        if (!upload.HasFile)
            upload.Errors.Add(FileField, "is required.");
    }

    async Task StoreAsync(Stream body, string? name, Upload upload, CancellationToken cancellationToken)
    {
        upload.HasFile = true;
        if (name is null)
            upload.Errors.Add(FileField, $"has a name that {NotDecoded}");
        else if (name.Length > LongestName || name.Any(char.IsControl))
            upload.Errors.Add(FileField, $"must have a name of 1 to {LongestName} characters, without control characters.");
        else
            await files.BeginAsync(upload.Scope, upload.Id, upload.Owner, name, Unfinished, cancellationToken);
        upload.HasBegun = !upload.Errors.Any;
        if (upload.HasBegun)
            await upload.MakeRoomAsync(cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(FileStore.PartBytes);
        try
        {
            var thrownAway = 0L;
            for (var place = 0; ; place++)
            {
                var count = await FillAsync(buffer.AsMemory(0, FileStore.PartBytes), body, upload, cancellationToken);
                upload.Bytes += count;
                if (count > 0 && upload.HasBegun)
                    await upload.MakeRoomAsync(cancellationToken);
                if (upload.Refusal is not null && (thrownAway += count) > Limits.MostThrownAway)
                    throw new BadHttpRequestException("A refused upload goes on.", StatusCodes.Status413PayloadTooLarge);
                if (count > 0 && upload.Refusal is null && upload.HasBegun)
                {
                    hash.AppendData(buffer, 0, count);
                    if (!await files.AddPartAsync(upload.Id, place, new ArraySegment<byte>(buffer, 0, count), cancellationToken))
                        upload.Refuse(Problems.UploadLapsed());
                }
                if (count < FileStore.PartBytes)
                    break;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        upload.Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (upload.Bytes == 0)
            upload.Errors.Add(FileField, "must not be empty.");
    }

    /// <summary>Reads a part to its end. It may come so slowly that its room has to be kept meanwhile.</summary>
    static async Task<int> FillAsync(Memory<byte> part, Stream body, Upload upload, CancellationToken cancellationToken)
    {
        var count = 0;
        while (count < part.Length && await body.ReadAsync(part[count..], cancellationToken) is > 0 and var read)
        {
            count += read;
            if (upload.HasBegun)
                await upload.MakeRoomAsync(cancellationToken);
        }
        return count;
    }

    static async Task NoteAsync(string name, MultipartSection section, Upload upload, CancellationToken cancellationToken)
    {
        var bytes = new byte[MostFieldBytes + 1];
        var count = await section.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        if (count > MostFieldBytes)
            upload.Errors.Add(Shown.Name(name), $"must have at most {MostFieldBytes} bytes.");
        else
            upload.Note(name, Encoding.UTF8.GetString(bytes, 0, count));
    }

    /// <summary>A body says its name as a part of a form does, if at all. Null where it cannot be decoded.</summary>
    static string? NameOf(HttpRequest request) =>
        ContentDispositionHeaderValue.TryParse(request.Headers.ContentDisposition.ToString(), out var disposition) ? NameOf(disposition) : NoName;

    static string? NameOf(ContentDispositionHeaderValue field) =>
        Decoded(() => field.FileNameStar is { HasValue: true } extended ? extended : field.FileName) is var name && name is "" ? NoName : name;

    /// <summary>A word of the header, which decodes an encoding that it names as it is read. Null where .NET knows the encoding and refuses it.</summary>
    static string? Decoded(Func<StringSegment> word)
    {
        try
        {
            return HeaderUtilities.RemoveQuotes(word()).ToString();
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }

    static string? Boundary(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= LongestBoundary } boundary ? boundary.ToString() : null;
}
