using System.Buffers;
using System.Text;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace AiPlatform.Api.OpenAi.Files;

/// <summary>Receives a file as a form, part by part: no more of it than a part is ever in memory.</summary>
sealed class FileUpload(FileStore files, IOptions<FileSettings> settings, TimeProvider time)
{
    public const string BatchPurpose = "batch";

    const string FileField = "file";
    const int MostFields = 16;
    const int MostFieldBytes = 1024;
    const int LongestName = 255;
    const int LongestBoundary = 70;

    /// <summary>Of a body, what is not the file: boundaries, headers and the other fields.</summary>
    const int Around = 64 * 1024;

    /// <summary>How long a refused upload may hold its answer up while its parts are removed.</summary>
    static readonly TimeSpan CleanUp = TimeSpan.FromSeconds(5);

    public async Task<(StoredFile? File, ProblemResult? Problem)> ReceiveAsync(HttpContext context, string owner)
    {
        var request = context.Request;
        if (Boundary(request.ContentType) is not { } boundary)
            return (null, Problems.FormExpected());
        // A body over the limit is read to its end before it is refused, as any other, but no further than that.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = settings.Value.MaxBytes + Around + Limits.MostThrownAway;

        var upload = new Upload(Guid.CreateVersion7(), owner);
        var isKept = false;
        try
        {
            await ReadAsync(new MultipartReader(boundary, request.Body) { HeadersCountLimit = MostFields }, upload, context.RequestAborted);
            if (upload.IsTooLarge)
                return (null, Problems.FileTooLarge(settings.Value.MaxBytes));
            var ttl = Check(upload);
            if (upload.Errors.Any)
                return (null, Problems.Invalid(upload.Errors));
            var file = await files.FinishAsync(upload.Id, upload.Fields["purpose"], upload.Bytes, ttl, context.RequestAborted);
            isKept = true;
            return (file, null);
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, Problems.FileTooLarge(settings.Value.MaxBytes));
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException and not BadHttpRequestException && !context.RequestAborted.IsCancellationRequested)
        {
            return (null, Problems.BadRequest("The form cannot be read: it breaks off, or its parts are not divided as its Content-Type says."));
        }
        finally
        {
            if (upload.HasBegun && !isKept)
                await DropAsync(upload.Id);
        }
    }

    async Task ReadAsync(MultipartReader form, Upload upload, CancellationToken cancellationToken)
    {
        for (var count = 0; await form.ReadNextSectionAsync(cancellationToken) is { } section; count++)
        {
            var field = section.GetContentDispositionHeader();
            var name = HeaderUtilities.RemoveQuotes(field?.Name ?? default).ToString();
            if (count == MostFields)
                upload.Errors.Add(InputErrors.Body, $"has more than {MostFields} fields.");
            else if (count > MostFields)
                continue;
            else if (name != FileField)
                upload.Note(name, await TextAsync(section, cancellationToken));
            else if (upload.HasBegun || upload.IsTooLarge)
                upload.Errors.Add(FileField, "is given twice.");
            else
                await StoreAsync(section.Body, Name(field!), upload, cancellationToken);
        }
    }

    async Task StoreAsync(Stream body, string name, Upload upload, CancellationToken cancellationToken)
    {
        if (name.Length > LongestName || name.Any(char.IsControl))
            upload.Errors.Add(FileField, $"must have a name of 1 to {LongestName} characters, without control characters.");
        else
            await files.BeginAsync(upload.Id, upload.Owner, name, settings.Value.Ttl, cancellationToken);
        upload.HasBegun = true;
        var buffer = ArrayPool<byte>.Shared.Rent(FileStore.PartBytes);
        try
        {
            for (var place = 0; ; place++)
            {
                var count = await body.ReadAtLeastAsync(buffer.AsMemory(0, FileStore.PartBytes), FileStore.PartBytes, throwOnEndOfStream: false, cancellationToken);
                upload.Bytes += count;
                upload.IsTooLarge |= upload.Bytes > settings.Value.MaxBytes;
                if (count > 0 && !upload.IsTooLarge && !upload.Errors.Any)
                    await files.AddPartAsync(upload.Id, place, new ArraySegment<byte>(buffer, 0, count), cancellationToken);
                if (count < FileStore.PartBytes)
                    return;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <returns>How long the file is to be kept.</returns>
    TimeSpan Check(Upload upload)
    {
        var (errors, fields) = (upload.Errors, upload.Fields);
        if (!upload.HasBegun)
            errors.Add(FileField, "is required.");
        else if (upload.Bytes == 0)
            errors.Add(FileField, "must not be empty.");
        if (!fields.TryGetValue("purpose", out var purpose))
            errors.Add("purpose", $"is required; {Shown.Allowed([BatchPurpose])}");
        else if (purpose != BatchPurpose)
            errors.Add("purpose", $"{Shown.Before($"'{purpose}'")}is not allowed; {Shown.Allowed([BatchPurpose])}");
        static string Path(string part) => $"expires_after[{part}]";
        foreach (var unknown in fields.Keys.Except(["purpose", Path("anchor"), Path("seconds")]))
            errors.Add(Shown.Name(unknown), $"is not known; {Shown.Allowed([FileField, "purpose", Path("anchor"), Path("seconds")])}");
        return ExpiryRule.Read(
            fields.GetValueOrDefault(Path("anchor")), fields.GetValueOrDefault(Path("seconds")), settings.Value.Ttl, Path, errors) ?? settings.Value.Ttl;
    }

    async Task DropAsync(Guid id)
    {
        // The caller may have left, and Postgres too; what stays behind is removed after a day.
        using var limit = new CancellationTokenSource(CleanUp, time);
        try
        {
            await files.RemoveAsync(id, limit.Token);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
        {
        }
    }

    static async Task<string> TextAsync(MultipartSection section, CancellationToken cancellationToken)
    {
        var bytes = new byte[MostFieldBytes];
        var count = await section.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(bytes, 0, count);
    }

    static string Name(ContentDispositionHeaderValue field) =>
        HeaderUtilities.RemoveQuotes(field.FileNameStar.HasValue ? field.FileNameStar : field.FileName) is { Length: > 0 } name ? name.ToString() : "upload";

    static string? Boundary(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= LongestBoundary } boundary ? boundary.ToString() : null;

    /// <summary>What has come so far.</summary>
    sealed class Upload(Guid id, string owner)
    {
        public Guid Id => id;
        public string Owner => owner;
        public InputErrors Errors { get; } = new();
        public Dictionary<string, string> Fields { get; } = [];
        public bool HasBegun { get; set; }
        public bool IsTooLarge { get; set; }
        public long Bytes { get; set; }

        public void Note(string name, string value)
        {
            if (!Fields.TryAdd(name, value))
                Errors.Add(Shown.Name(name), "is given twice.");
        }
    }
}
