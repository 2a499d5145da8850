using System.Text;
using System.Text.Json;
using AiPlatform.Api.Errors;
using AiPlatform.Contracts;

namespace AiPlatform.Api.Chat;

/// <summary>What the headers of a chat's answer say of it.</summary>
static class AnswerHeaders
{
    /// <summary>The job behind the answer, also where that is an error.</summary>
    public const string JobId = "X-Job-Id";

    /// <summary>The fields of the result that are told in headers too, where the worker knows them.</summary>
    static readonly (string Field, string Header)[] OfResult = [("model_group", "X-Model-Group"), ("fallback", "X-Fallback")];

    public static void Set(HttpResponse response, JobView? completed, ProblemResult? problem)
    {
        if ((completed?.Id ?? problem?.Problem.JobId) is { } id)
            response.Headers[JobId] = id.ToString();
        if (completed?.Result is not { ValueKind: JsonValueKind.Object } result)
            return;
        foreach (var (field, header) in OfResult)
        {
            // A header holds nothing but ASCII, and the result says it all the same.
            if (result.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { } text
                && Ascii.IsValid(text) && !text.Any(char.IsControl))
            {
                response.Headers[header] = text;
            }
        }
    }
}
