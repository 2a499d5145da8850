using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace AiPlatform.Testing;

/// <summary>The tool that comes with Prometheus. Tests that need either are skipped where there is none, but fail with <c>REQUIRE_PROMETHEUS=true</c>.</summary>
public static class Promtool
{
    static readonly Lazy<string?> _missing = new(Missing);

    public static void SkipWithout()
    {
        if (_missing.Value is not { } reason)
            return;
        if (Environment.GetEnvironmentVariable("REQUIRE_PROMETHEUS") == "true")
            Assert.Fail(reason);
        Assert.Skip($"{reason} REQUIRE_PROMETHEUS=true makes that a failure.");
    }

    /// <summary>Runs it with <paramref name="input"/> as its standard input.</summary>
    /// <returns>Its exit code, and all that it wrote.</returns>
    public static async Task<(int Code, string Output)> RunAsync(string? input, CancellationToken cancellationToken, params string[] arguments)
    {
        var start = new ProcessStartInfo("promtool", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output + await errors);
    }

    static string? Missing()
    {
        foreach (var program in (string[])["prometheus", "promtool"])
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
                process.WaitForExit();
            }
            catch (Win32Exception)
            {
                return $"{program} is not installed.";
            }
        }
        return null;
    }
}
