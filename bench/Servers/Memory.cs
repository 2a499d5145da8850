using System.Globalization;

namespace AiPlatform.Bench.Servers;

/// <summary>Resident memory of the processes that this one has started, by what they run; Linux only.</summary>
static class Memory
{
    /// <param name="program">A part of the process' command line, such as <c>AiPlatform.Api.dll</c>.</param>
    /// <returns>Mebibytes of the largest such process, as a shell that started it has the same words; null where there is none.</returns>
    public static double? Of(string program)
    {
        double? most = null;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var process) && Read(process, "cmdline") is { } command
                && command.Contains(program, StringComparison.Ordinal) && IsOurs(process) && Resident(process) is { } resident)
            {
                most = Math.Max(most ?? 0, resident);
            }
        }
        return most;
    }

    static bool IsOurs(int process)
    {
        for (int? parent = process; parent is > 1; parent = ProcessTimes.ParentOf(parent.Value))
        {
            if (parent == Environment.ProcessId)
            {
                return true;
            }
        }
        return false;
    }

    static double? Resident(int process) => Read(process, "status")?.Split('\n').FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        is { } line ? double.Parse(line["VmRSS:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024 : null;

    static string? Read(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
