using System.Diagnostics;
using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>What is said when nvidia-smi gave no table.</summary>
static class SmiFailure
{
    const int QuoteLimit = 200;

    public static InfraError Of(CommandOutcome outcome, string path, TimeSpan timeout) => outcome switch
    {
        CommandOutcome.Exited { Code: 0 } run when SaysNoDevices(run) => new(
            "no_devices", "nvidia-smi finds no GPU although the driver is installed."),
        CommandOutcome.Exited { Code: 0 } run => new("unreadable", $"The output of {path} is not the table that was asked for: {Quote(run.Output)}"),
        CommandOutcome.Exited run => new(Code(run), $"{path} ended with exit code {run.Code}: {Quote(run.Output)}"),
        CommandOutcome.TimedOut => new(
            "timeout",
            $"{path} did not answer within {timeout.TotalSeconds:0.###} s and was killed. Persistence mode makes it faster (NVIDIA_SMI_TIMEOUT)."),
        CommandOutcome.TooMuchOutput run => new("too_large", $"{path} wrote more than {run.Limit} characters and was killed."),
        CommandOutcome.NotStarted run => new("not_startable", $"{path} could not be started: {run.Reason}"),
        CommandOutcome.StillRunning run => new(
            "stuck", $"{path} (process {run.Pid}) hangs in the driver and cannot be killed. The server probably needs a restart."),
        _ => throw new UnreachableException(),
    };

    static string Code(CommandOutcome.Exited run) => run.Code switch
    {
        2 => "invalid_argument",
        4 => "no_permission",
        6 => "no_devices",
        9 => "driver_not_loaded",
        12 => "no_library",
        15 => "gpu_lost",
        18 => "driver_mismatch",
        _ => SaysNoDevices(run) ? "no_devices" : "failed",
    };

    static bool SaysNoDevices(CommandOutcome.Exited run) => run.Output.Contains("No devices were found", StringComparison.OrdinalIgnoreCase);

    static string Quote(string output)
    {
        var line = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault() ?? "(nothing)";
        var clean = string.Concat(line.Take(QuoteLimit).Select(letter => char.IsControl(letter) ? '?' : letter));
        return line.Length > QuoteLimit ? clean + " …" : clean;
    }
}
