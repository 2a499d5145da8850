using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.Fuzz.Tests;

/// <summary>What no answer may be, whatever was asked.</summary>
sealed class Verdict(IReadOnlyList<string> secrets, string marker)
{
    static readonly HashSet<string> Codes = [.. typeof(ErrorCodes).GetFields().Select(field => (string)field.GetValue(null)!)];

    static readonly HashSet<int> Kestrels = [400, 405, 408, 411, 413, 414, 431, 501, 505];

    /// <returns>What is wrong; null where nothing is.</returns>
    public string? Fault(FuzzRequest request, RawAnswer answer)
    {
        if (answer.IsBare && answer.Closes && Kestrels.Contains(answer.Status))
            return null;
        if (secrets.FirstOrDefault(secret => Holds(answer, secret)) is not null)
            return "The answer holds a secret of the service.";
        if (!request.IsOfTheService && Holds(answer, marker))
            return "The answer tells somebody of another's job.";
        if (answer.Header("X-Content-Type-Options") != "nosniff" || answer.Header("Content-Security-Policy") is null)
            return "The answer has no security headers.";
        if (answer.Headers.Any(header => header.Name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase)))
            return "The answer opens the service to pages of others.";
        if (request.Method == "HEAD" || !answer.IsWhole)
            return IsDefect(answer.Status) ? $"The answer is {answer.Status}." : null;
        if (answer.Status >= 400)
            return FaultOfError(request, answer);
        return answer.Status < 200 ? $"The answer is {answer.Status}."
            : answer.MediaType == "application/json" && answer.Json() is null ? "The answer is not the JSON it says it is." : null;
    }

    /// <summary>Somebody serves whatever can be asked for, so what a model server or a worker refuses is the request's fault, and nothing takes too long.</summary>
    static bool IsDefect(int status) => status >= 500 && status != 503;

    static bool Holds(RawAnswer answer, string text) =>
        answer.Text.Contains(text, StringComparison.Ordinal) || answer.Headers.Any(header => header.Value.Contains(text, StringComparison.Ordinal));

    static string? FaultOfError(FuzzRequest request, RawAnswer answer)
    {
        if (answer.Json() is not { ValueKind: JsonValueKind.Object } json)
            return "The error is not a JSON object.";
        var isOpenAis = answer.MediaType == "application/json" && json.TryGetProperty("error", out _);
        if (!isOpenAis && answer.MediaType != "application/problem+json")
            return $"The error is {answer.MediaType}.";
        if (!isOpenAis && (json.GetProperty("status").GetInt32() != answer.Status || json.GetProperty("title").GetString() is not { Length: > 0 }))
            return "The problem says another status, or has no title.";
        if (isOpenAis && json.GetProperty("error").GetProperty("message").GetString() is not { Length: > 0 })
            return "The error has no message.";
        var code = (isOpenAis ? json.GetProperty("error") : json).GetProperty("code").GetString()!;
        if (!Codes.Contains(code))
            return $"The error has the unknown code {code}.";
        if (IsDefect(answer.Status))
            return $"The answer is {answer.Status} {code}.";
        // The longest there is names fifty fields and, for each, what is allowed.
        return answer.Body.Length > 64 * 1024 ? $"The error has {answer.Body.Length} bytes." : request.Method == "HEAD" ? "HEAD was answered with a body." : null;
    }
}
