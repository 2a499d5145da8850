namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>How a run of a command ended.</summary>
abstract record CommandOutcome
{
    CommandOutcome()
    {
    }

    /// <param name="Code">The exit code; nvidia-smi gives the driver library's return code.</param>
    /// <param name="Output">Standard output, followed by standard error: nvidia-smi writes its errors to either.</param>
    public sealed record Exited(int Code, string Output) : CommandOutcome;

    public sealed record TimedOut : CommandOutcome;

    public sealed record TooMuchOutput(int Limit) : CommandOutcome;

    public sealed record NotStarted(string Reason) : CommandOutcome;

    /// <summary>An earlier run could not be killed: the driver holds it in the kernel. No second one is started beside it.</summary>
    public sealed record StillRunning(int Pid) : CommandOutcome;
}
