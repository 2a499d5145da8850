using System.Globalization;
using AiPlatform.Api.Requests;

namespace AiPlatform.Api.OpenAi.Files;

/// <summary>When a file is to be removed, as OpenAI's <c>expires_after</c> says it.</summary>
static class ExpiryRule
{
    const string Anchor = "created_at";
    const int Least = 3600;

    /// <param name="path">The name of the field for what is wrong, as the caller wrote it around the name of its part.</param>
    /// <returns>Null where nothing was said, or something wrong.</returns>
    public static TimeSpan? Read(string? anchor, string? seconds, TimeSpan most, Func<string, string> path, InputErrors errors)
    {
        if (anchor is null && seconds is null)
            return null;
        if (anchor != Anchor)
            errors.Add(path("anchor"), anchor is null ? $"is required; {Shown.Allowed([Anchor])}" : $"{Shown.Before($"'{anchor}'")}is not allowed; {Shown.Allowed([Anchor])}");
        if (seconds is null)
            errors.Add(path("seconds"), "is required.");
        else if (int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= Least && number <= most.TotalSeconds)
            return TimeSpan.FromSeconds(number);
        else
            errors.Add(path("seconds"), $"{Shown.Before($"'{seconds}'")}is not allowed; allowed: whole numbers from {Least} to {(long)most.TotalSeconds}.");
        return null;
    }
}
