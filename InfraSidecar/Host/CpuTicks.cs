namespace AiPlatform.InfraSidecar.Host;

/// <summary>Clock ticks since the machine started.</summary>
sealed record CpuTicks(long Busy, long Total)
{
    /// <summary>The busy share since <paramref name="earlier"/>, from 0 to 1; null when no time has passed.</summary>
    public double? UsageSince(CpuTicks? earlier) =>
        earlier is not null && Total > earlier.Total
            ? Math.Round(Math.Clamp((double)(Busy - earlier.Busy) / (Total - earlier.Total), 0, 1), 4)
            : null;
}
