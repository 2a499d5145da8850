using System.Diagnostics;

namespace AiPlatform.ServiceDefaults.Tests;

/// <summary>Runs the sample as a process of its own, with only the variables of the test.</summary>
sealed class SampleProcess : IDisposable
{
    static readonly string[] Inherited = ["PATH", "HOME", "TMPDIR", "DOTNET_ROOT"];

    readonly Process _process;

    SampleProcess(Process process) => _process = process;

    public static SampleProcess Start(params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "AiPlatform.ServiceDefaults.Sample.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Except(Inherited).ToList())
            start.Environment.Remove(name);
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new SampleProcess(Process.Start(start)!);
    }

    /// <summary>The address from the line that says the process has started to listen.</summary>
    public async Task<string> ListeningAsync()
    {
        const string announcement = "Now listening on: ";
        while (await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.IndexOf(announcement, StringComparison.Ordinal) is var at and >= 0)
                return line[(at + announcement.Length)..].Trim();
        }
        var error = await _process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        throw new InvalidOperationException($"The sample ended: {error}");
    }

    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits for the end; both outputs as far as they were not read before.</summary>
    public async Task<(int ExitCode, string Output, string Error)> EndAsync()
    {
        var output = _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = _process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (_process.ExitCode, await output, await error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
