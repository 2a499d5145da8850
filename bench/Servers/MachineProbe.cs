using System.Diagnostics;

namespace AiPlatform.Bench.Servers;

/// <summary>How long a fixed piece of arithmetic takes: on a busy or slowed machine longer than usual.</summary>
static class MachineProbe
{
    const int Steps = 20_000_000;

    public static double Milliseconds()
    {
        var start = Stopwatch.GetTimestamp();
        var x = 88172645463325252UL;
        for (var i = 0; i < Steps; i++)
        {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
        }
        var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        // Looked at, so that the loop is not optimized away; this arithmetic never comes to zero.
        return x == 0 ? throw new UnreachableException() : elapsed;
    }
}
