using System.Text;
using System.Text.Json;
using AiPlatform.Api.Errors;
using AiPlatform.Api.OpenAi;
using AiPlatform.Contracts;

namespace AiPlatform.Api.Chat;

/// <summary>What the headers of a chat's answer say of it.</summary>
static class AnswerHeaders
{
    /// <summary>The job behind the answer, also where that is an error.</summary>
    public const string JobId = "X-Job-Id";

    const string ModelGroup = "X-Model-Group";
    const string Fallback = "X-Fallback";

    public static void Set(HttpResponse response, JobView? completed, ProblemResult? problem)
    {
        if ((completed?.Id ?? problem?.Problem.JobId) is { } id)
            response.Headers[JobId] = id.ToString();
        if (completed?.Result is not { ValueKind: JsonValueKind.Object } result)
            return;
        Set(response, new TextSource { ModelGroup = result.Text("model_group"), Fallback = result.Text("fallback") });
    }

    /// <summary>Of a stream whose first event is this: that of a job that has said something already, or is over, tells who answers.</summary>
    public static void Set(HttpResponse response, JobEvent first)
    {
        if (first.Type == JobEventTypes.Token)
            Set(response, first.Data.Deserialize(ContractsJson.Default.TokenEvent)!.From ?? default);
        else if (first.Type == JobEventTypes.State)
            Set(response, first.Data.Deserialize(ContractsJson.Default.JobView), null);
    }

    /// <summary>What is told in headers of who answers, where the worker knows it.</summary>
    public static void Set(HttpResponse response, TextSource from)
    {
        foreach (var (header, text) in (ReadOnlySpan<(string, string?)>)[(ModelGroup, from.ModelGroup), (Fallback, from.Fallback)])
        {
            // A header holds nothing but ASCII, and the result says it all the same.
            if (text is not null && Ascii.IsValid(text) && !text.Any(char.IsControl))
                response.Headers[header] = text;
        }
    }
}
