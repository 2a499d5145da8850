using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Sampling;

/// <summary>Logs a source when what is wrong with it changes: a source that is down for a night is two lines, not one for each sample.</summary>
sealed partial class SourceLog(ILogger logger, string source)
{
    string? _code;

    public void Note(InfraError? error)
    {
        if (error?.Code == _code)
            return;
        _code = error?.Code;
        if (error is null)
            LogRecovered(logger, source);
        else
            LogFailing(logger, source, error.Code, error.Message);
    }

    [LoggerMessage(6000, LogLevel.Warning, "{Source} cannot be sampled ({Code}): {Reason}")]
    private static partial void LogFailing(ILogger logger, string source, string code, string reason);

    [LoggerMessage(6001, LogLevel.Information, "{Source} is sampled again.")]
    private static partial void LogRecovered(ILogger logger, string source);
}
