using System.Globalization;
using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Host;

/// <summary>Reads Linux' files of the machine's load. In a container they show the machine, not the container.</summary>
static class ProcFiles
{
    /// <summary>Time since the start of the machine that all cores together were busy and in all, in clock ticks, from <c>/proc/stat</c>.</summary>
    public static CpuTicks? Cpu(string stat)
    {
        // cpu  user nice system idle iowait irq softirq steal guest guest_nice; the guest's time is part of the user's.
        var line = stat.Split('\n', 2)[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (line.Length < 5 || line[0] != "cpu")
            return null;
        var total = 0L;
        var idle = 0L;
        for (var i = 1; i < Math.Min(line.Length, 9); i++)
        {
            if (!long.TryParse(line[i], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks))
                return null;
            total += ticks;
            if (i is 4 or 5)
                idle += ticks;
        }
        return new CpuTicks(total - idle, total);
    }

    /// <summary>From <c>/proc/meminfo</c>.</summary>
    public static HostMemory? Memory(string meminfo) =>
        Kibibytes(meminfo, "MemTotal:") is { } total && Kibibytes(meminfo, "MemAvailable:") is { } free
            ? new HostMemory { TotalBytes = total * 1024, UsedBytes = (total - free) * 1024 }
            : null;

    /// <summary>The first number of <c>/proc/loadavg</c> and <c>/proc/uptime</c>.</summary>
    public static double? First(string text) =>
        double.TryParse(text.Split(' ', 2)[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    static long? Kibibytes(string meminfo, string name)
    {
        foreach (var line in meminfo.Split('\n'))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
            {
                var number = line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
                return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var kib) ? kib : null;
            }
        }
        return null;
    }
}
