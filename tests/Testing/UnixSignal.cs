using System.Runtime.InteropServices;

namespace AiPlatform.Testing;

static class UnixSignal
{
    public const int Quit = 3;
    public const int Kill = 9;
    public const int Term = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <summary>A negative id names a process group. A process that is already gone is no error.</summary>
    public static void Send(int processId, int signal) => _ = SendCore(processId, signal);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    static extern int SendCore(int processId, int signal);
}
