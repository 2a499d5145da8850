using System.Runtime.InteropServices;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>The time this thread has spent on a processor: what other work on the machine costs it does not count.</summary>
static class ThreadTime
{
    // CLOCK_THREAD_CPUTIME_ID.
    static readonly int _clock = OperatingSystem.IsMacOS() ? 16 : 3;

    public static TimeSpan Of(Action work)
    {
        var start = Now();
        work();
        return Now() - start;
    }

    static TimeSpan Now() => GetTime(_clock, out var time) == 0
        ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000.0)
        : throw new PlatformNotSupportedException("There is no clock of threads.");

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    static extern int GetTime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    readonly struct Timespec
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
