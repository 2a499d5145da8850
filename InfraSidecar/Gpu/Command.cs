using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>Runs one program at a time, with an end to its time and its output. Not for concurrent use.</summary>
sealed class Command(TimeProvider time)
{
    const int OutputLimit = 1_048_576;

    // Enough for a killed process to be reaped; one that the kernel holds is not waited for.
    static readonly TimeSpan KillGrace = TimeSpan.FromSeconds(2);

    Process? _unkillable;

    /// <param name="timeout">Ends the run as <see cref="CommandOutcome.TimedOut"/>.</param>
    /// <param name="cancellationToken">Kills the program and throws.</param>
    public async Task<CommandOutcome> RunAsync(
        string file, IReadOnlyList<string> arguments, CancellationToken timeout, CancellationToken cancellationToken)
    {
        if (_unkillable is { HasExited: false })
            return new CommandOutcome.StillRunning(_unkillable.Id);
        _unkillable?.Dispose();
        _unkillable = null;

        var process = new Process { StartInfo = Describe(file, arguments) };
        try
        {
            process.Start();
        }
        catch (Win32Exception fault)
        {
            process.Dispose();
            return new CommandOutcome.NotStarted(fault.Message);
        }

        process.StandardInput.Close();
        using var overflow = new CancellationTokenSource();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(timeout, overflow.Token, cancellationToken);
        try
        {
            var output = ReadAsync(process.StandardOutput, overflow, end.Token);
            var errors = ReadAsync(process.StandardError, overflow, end.Token);
            var texts = await Task.WhenAll(output, errors).WaitAsync(end.Token);
            await process.WaitForExitAsync(end.Token);
            return new CommandOutcome.Exited(process.ExitCode, string.Join('\n', texts));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return overflow.IsCancellationRequested ? new CommandOutcome.TooMuchOutput(OutputLimit) : new CommandOutcome.TimedOut();
        }
        finally
        {
            await EndAsync(process);
        }
    }

    static ProcessStartInfo Describe(string file, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // Decimal points and English words, whatever the server's language.
        start.Environment["LC_ALL"] = "C";
        return start;
    }

    static async Task<string> ReadAsync(StreamReader reader, CancellationTokenSource overflow, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new char[8192];
        while (await reader.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (text.Length + read > OutputLimit)
            {
                await overflow.CancelAsync();
                cancellationToken.ThrowIfCancellationRequested();
            }
            text.Append(buffer, 0, read);
        }
        return text.ToString();
    }

    async Task EndAsync(Process process)
    {
        if (!process.HasExited && !await KillAsync(process))
            _unkillable = process;
        else
            process.Dispose();
    }

    async Task<bool> KillAsync(Process process)
    {
        using var grace = new CancellationTokenSource(KillGrace, time);
        try
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(grace.Token);
            return true;
        }
        catch (OperationCanceledException) when (grace.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception fault) when (fault is AggregateException or Win32Exception)
        {
            // nvidia-smi may start nvidia-modprobe, which runs as root and may not be killed by this user.
            return process.HasExited;
        }
    }
}
