namespace AiPlatform.ServiceDefaults.Health;

/// <summary>The answer of <c>/readyz</c>. Reasons stand in the log and not here: the probe is open, and they name servers and users.</summary>
sealed record ReadinessReport(string Status, IReadOnlyDictionary<string, string> Checks)
{
    public const string Ready = "ready";
    public const string Degraded = "degraded";
    public const string Unavailable = "unavailable";

    public static ReadinessReport Of(IReadOnlyDictionary<string, string> checks)
    {
        var status = checks.Values.Contains(Unavailable) ? Unavailable : checks.Values.Contains(Degraded) ? Degraded : Ready;
        return new ReadinessReport(status, new SortedDictionary<string, string>(checks.ToDictionary(), StringComparer.Ordinal));
    }
}
