using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Uploads;
using AiPlatform.Jobs;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.OpenAi.Files;

/// <summary>Receives a file of OpenAI's form.</summary>
sealed class FileUpload(UploadReader uploads, UploadQuotas quotas, IOptions<FileSettings> settings)
{
    public const string BatchPurpose = StoredFile.Batch;

    /// <summary>Of the files of an owner; those that its batches make count among them.</summary>
    QuotaRules Rules => new(
        BatchPurpose, settings.Value.MaxBytes, settings.Value.QuotaBytes, Problems.FileTooLarge(settings.Value.MaxBytes),
        (owner, bytes, freed) => Problems.OverFileQuota(owner, settings.Value.QuotaBytes, bytes, freed));

    public Task<(StoredFile? File, ProblemResult? Problem)> ReceiveAsync(HttpContext context, string owner)
    {
        var upload = quotas.Begin(RequestCaller.Of(context).Scope, Guid.CreateVersion7(), owner, context.Request.ContentLength, Rules);
        return uploads.ReceiveFormAsync(context, upload, async ended =>
        {
            var ttl = Check(upload);
            return upload.Errors.Any
                ? (null, Problems.Invalid(upload.Errors))
                : await quotas.FinishAsync(upload.Id, upload.Owner, upload.Bytes, ttl, Rules, ended);
        });
    }

    /// <summary>The answer where the owner's files leave no room, so that no batch may make more of them; null where they do.</summary>
    public Task<ProblemResult?> FullAsync(string owner, CancellationToken cancellationToken) => quotas.FullAsync(owner, Rules, cancellationToken);

    /// <returns>How long the file is to be kept.</returns>
    TimeSpan Check(Upload upload)
    {
        var errors = upload.Errors;
        if (upload.Field("purpose") is not { } purpose)
            errors.Add("purpose", $"is required; {Shown.Allowed([BatchPurpose])}");
        else if (purpose != BatchPurpose)
            errors.Add("purpose", $"{Shown.Before($"'{purpose}'")}is not allowed; {Shown.Allowed([BatchPurpose])}");
        static string Path(string part) => $"expires_after[{part}]";
        foreach (var unknown in upload.FieldNames.Except(["purpose", Path("anchor"), Path("seconds")]))
            errors.Add(Shown.Name(unknown), $"is not known; {Shown.Allowed([UploadReader.FileField, "purpose", Path("anchor"), Path("seconds")])}");
        return ExpiryRule.Read(upload.Field(Path("anchor")), upload.Field(Path("seconds")), settings.Value.Ttl, Path, errors) ?? settings.Value.Ttl;
    }
}
