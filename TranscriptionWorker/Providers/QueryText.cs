namespace AiPlatform.TranscriptionWorker.Providers;

static class QueryText
{
    /// <summary>A route with its options in the query; those without a value are left out.</summary>
    public static string Of(string route, params IReadOnlyList<(string Name, string? Value)> options)
    {
        var given = string.Join('&', options.Where(option => option.Value is not null).Select(option => $"{option.Name}={Uri.EscapeDataString(option.Value!)}"));
        return given.Length == 0 ? route : $"{route}?{given}";
    }
}
