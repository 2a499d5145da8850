using System.Diagnostics;

namespace Aspire.Hosting.Runtime;

/// <summary>A process that cannot outlive this one: it ends in an orderly way on request, and at once when this process is gone.</summary>
sealed class ChildProcess : IDisposable
{
    // A parent-death signal would fire when the *thread* that forked ends, and thread-pool threads do. A pipe is sure: this process holds the
    // only write end, the kernel closes it however this process dies, and a guard in the child's own process group reads the end of file.
    // The shell execs into the command, so the child keeps the process id we know; $$ in the guard is that id.
    const string GuardScript = """
        exec 3<&0 </dev/null
        stop=$1; shift
        (
          trap '' HUP INT TERM
          read -r _ <&3
          kill -s "$stop" $$
          n=0
          while kill -s 0 $$ && [ $n -lt 50 ]; do sleep 0.1; n=$((n+1)); done
          kill -s KILL -- -$$
        ) >/dev/null 2>&1 &
        exec 3<&-
        exec "$@"
        """;

    readonly Process _process;
    readonly Signal _stopSignal;

    ChildProcess(Process process, Signal stopSignal, Action<string> onLine)
    {
        _process = process;
        _stopSignal = stopSignal;
        Exited = WatchAsync(onLine);
    }

    public int Id => _process.Id;

    /// <summary>The exit code, after the last line of output has been delivered.</summary>
    public Task<int> Exited { get; }

    public static ChildProcess Start(ProcessStart start, Action<string> onLine)
    {
        // A session of its own, so that Ctrl+C in the terminal reaches only the AppHost, which then stops things in order.
        var info = new ProcessStartInfo("setsid")
        {
            WorkingDirectory = start.Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["/bin/sh", "-c", GuardScript, "guard", start.StopSignal.ToString().ToUpperInvariant(), .. start.Command])
            info.ArgumentList.Add(argument);
        foreach (var (name, value) in start.Environment)
            info.Environment[name] = value;

        var process = Process.Start(info) ?? throw new InvalidOperationException($"{start.Command[0]} was not started.");
        return new ChildProcess(process, start.StopSignal, onLine);
    }

    public async Task StopAsync(TimeSpan grace)
    {
        if (!_process.HasExited)
            SignalSender.Send(Id, _stopSignal);
        try
        {
            await Exited.WaitAsync(grace);
        }
        catch (TimeoutException)
        {
            SignalSender.Send(-Id, Signal.Kill);
            await Exited;
        }
    }

    public void Dispose() => _process.Dispose();

    async Task<int> WatchAsync(Action<string> onLine)
    {
        var output = Task.WhenAll(PumpAsync(_process.StandardOutput, onLine), PumpAsync(_process.StandardError, onLine));
        await _process.WaitForExitAsync();
        // The guard and whatever the child left behind share its group. The id cannot have been reused: the guard keeps the group alive.
        SignalSender.Send(-Id, Signal.Kill);
        await output;
        return _process.ExitCode;
    }

    static async Task PumpAsync(StreamReader reader, Action<string> onLine)
    {
        while (await reader.ReadLineAsync() is { } line)
            onLine(line);
    }
}
