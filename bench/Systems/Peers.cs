using System.ComponentModel;
using System.Diagnostics;

namespace AiPlatform.Bench.Systems;

/// <summary>The npm packages beside which we are measured, at the versions of <c>peers/package-lock.json</c>.</summary>
static class Peers
{
    const int LeastNode = 20;

    public static string Folder { get; } = Path.Combine(Own.Root, "bench", "peers");

    public static async Task InstallAsync(CancellationToken ct)
    {
        var version = await RunAsync("node", ["--version"], ct);
        if (!int.TryParse(version.TrimStart('v').Split('.')[0], out var major) || major < LeastNode)
        {
            throw new BenchException($"The peers need Node.js {LeastNode} or newer; node --version says {version.Trim()}.");
        }
        await RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ct);
    }

    static async Task<string> RunAsync(string program, string[] arguments, CancellationToken ct)
    {
        try
        {
            var info = new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(info) ?? throw new InvalidOperationException($"{program} was not started.");
            var error = process.StandardError.ReadToEndAsync(ct);
            var output = await process.StandardOutput.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            return process.ExitCode == 0
                ? output
                : throw new BenchException($"{program} {string.Join(' ', arguments)} in {Folder} ended with exit code {process.ExitCode}:\n{await error}");
        }
        catch (Win32Exception)
        {
            throw new BenchException(
                $"{program} was not found on the PATH: the peers need Node.js {LeastNode} or newer with npm, from https://nodejs.org or the machine's packages. "
                + "'./dev bench --ours' needs neither.");
        }
    }
}
