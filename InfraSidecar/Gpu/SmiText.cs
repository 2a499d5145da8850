using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;
using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>What nvidia-smi says outside its tables.</summary>
static partial class SmiText
{
    /// <summary>Every name between quotes in <c>--help-query-gpu</c>.</summary>
    public static FrozenSet<string> FieldNames(string help) =>
        QuotedName().Matches(help).Select(match => match.Groups[1].Value).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>From <c>--version</c>, such as 13.1; null where it is not said.</summary>
    public static string? CudaVersion(string version) => Cuda().Match(version) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>The slices that <c>-L</c> lists, by the UUID of their card.</summary>
    public static ILookup<string, GpuInstance> MigInstances(string list)
    {
        List<(string Gpu, GpuInstance Instance)> found = [];
        var gpu = "";
        foreach (var line in list.Split('\n'))
        {
            if (Card().Match(line) is { Success: true } card)
                gpu = card.Groups[1].Value;
            else if (Slice().Match(line) is { Success: true } slice)
                found.Add((gpu, new GpuInstance(Number(slice.Groups[2]), slice.Groups[3].Value, slice.Groups[1].Value)));
        }
        return found.ToLookup(entry => entry.Gpu, entry => entry.Instance, StringComparer.Ordinal);
    }

    /// <summary>A remark that a card cannot be reached, as that card's status; null for any other remark.</summary>
    public static GpuStatus? UnreachableGpu(string remark)
    {
        if (NoHandle().Match(remark) is not { Success: true } match)
            return null;
        var lost = match.Groups["reason"].Value.Contains("is lost", StringComparison.OrdinalIgnoreCase);
        int? index = match.Groups["index"].Success ? Number(match.Groups["index"]) : null;
        var bus = match.Groups["bus"].Success ? match.Groups["bus"].Value : null;
        return GpuHealth.Unreachable(index, bus, lost ? GpuState.Lost : GpuState.Error);
    }

    /// <summary>
    /// Program name without path and arguments, which may hold keys. Titles that programs give themselves, such as <c>VLLM::EngineCore</c>, stay.
    /// </summary>
    public static string? ProgramName(string? command) =>
        command?.Split(' ', 2)[0] is { Length: > 0 } path ? path[(path.LastIndexOfAny(['/', '\\']) + 1)..] : null;

    static int Number(Group group) => int.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex("\"([a-zA-Z0-9_.]+)\"")]
    private static partial Regex QuotedName();

    [GeneratedRegex(@"CUDA Version\s*:\s*([0-9.]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Cuda();

    [GeneratedRegex(@"^GPU \d+:.*\(UUID: ([^)]+)\)")]
    private static partial Regex Card();

    [GeneratedRegex(@"^\s+MIG\s+(\S+)\s+Device\s+(\d{1,4}):\s+\(UUID:\s*([^)]+)\)")]
    private static partial Regex Slice();

    // Seen: "for GPU 0000:17:00.0: …", "for GPU0000:17:00.0: …", "for GPU1: 0000:17:00.0: …" and "for GPU1: …".
    [GeneratedRegex(@"device handle for GPU\s*(?:(?<index>\d{1,4}):\s+)?"
        + @"(?:(?<bus>[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9A-Fa-f]):\s*)?(?<reason>.+)")]
    private static partial Regex NoHandle();
}
