using System.Runtime.InteropServices;

namespace Aspire.Hosting.Runtime;

enum Signal
{
    Int = 2,
    Kill = 9,
    Term = 15,
}

static class SignalSender
{
    /// <summary>A negative id names a process group. False when there is no such process.</summary>
    public static bool Send(int processId, Signal signal) => Kill(processId, (int)signal) == 0;

    public static bool Exists(int processId) => Kill(processId, 0) == 0;

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    static extern int Kill(int processId, int signal);
}
