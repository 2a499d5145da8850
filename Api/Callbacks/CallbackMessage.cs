using System.Globalization;
using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.Api.Callbacks;

/// <summary>What a receiver is sent of a job that has ended.</summary>
/// <param name="Id">The same for every call that tells of the same end; another one when a failed job was retried and has ended again.</param>
/// <param name="Body">The job, as <c>GET /api/v1/jobs/{id}</c> answers it.</param>
/// <param name="Omitted">The fields left out because the body would be too large; null for none.</param>
sealed record CallbackMessage(string Id, byte[] Body, string? Omitted)
{
    /// <param name="job">Final.</param>
    public static CallbackMessage Of(JobView job, JsonSerializerOptions json, int mostBytes)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{job.Id}-{job.FinishedAt!.Value.ToUnixTimeMilliseconds()}");
        var whole = Write(job, json);
        if (whole.Length <= mostBytes)
            return new(id, whole, null);
        var withoutInput = Write(job with { Input = null }, json);
        return withoutInput.Length <= mostBytes
            ? new(id, withoutInput, "input")
            : new(id, Write(job with { Input = null, Result = null }, json), "input, result");
    }

    static byte[] Write(JobView job, JsonSerializerOptions json) => JsonSerializer.SerializeToUtf8Bytes(job, json.GetTypeInfo(typeof(JobView)));
}
