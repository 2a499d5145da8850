using System.Globalization;

namespace AiPlatform.Bench.Servers;

/// <summary>Processor times out of <c>/proc/[pid]/stat</c>, such as <c>17 (postgres) S 1 … utime stime cutime cstime …</c>.</summary>
static class ProcessTimes
{
    /// <summary>USER_HZ, which Linux fixes at 100 for what it tells programs.</summary>
    const double TicksPerSecond = 100;

    /// <summary>Parent of the process; null where there is no such file.</summary>
    public static int? ParentOf(int process) => Fields(process) is { } fields ? (int)Number(fields, 1) : null;

    /// <summary>The process with all its children, the ended ones included.</summary>
    public static TimeSpan? OfFamily(int parent)
    {
        if (Fields(parent) is not { } own)
        {
            return null;
        }
        var ticks = Number(own, 11) + Number(own, 12) + Number(own, 13) + Number(own, 14);
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var process) && Fields(process) is { } fields && Number(fields, 1) == parent)
            {
                ticks += Number(fields, 11) + Number(fields, 12);
            }
        }
        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    /// <summary>What follows the name, which is in parentheses and may itself hold spaces; the first is the state.</summary>
    static string[]? Fields(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static long Number(string[] fields, int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
}
