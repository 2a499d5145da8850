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
    /// <summary>A negative id names a process group. A process that is already gone is no error.</summary>
    public static void Send(int processId, Signal signal) => _ = Kill(processId, (int)signal);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    static extern int Kill(int processId, int signal);
}
