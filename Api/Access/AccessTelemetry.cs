using System.Diagnostics.Metrics;
using AiPlatform.Api.Callbacks;
using AiPlatform.Api.Requests;

namespace AiPlatform.Api.Access;

/// <summary>Counts who is not let in, and logs it once a second at most.</summary>
sealed partial class AccessTelemetry
{
    readonly Counter<long> _failures;
    readonly TimeProvider _time;
    readonly ILogger<AccessTelemetry> _logger;
    long _second;

    public AccessTelemetry(IMeterFactory meters, TimeProvider time, ILogger<AccessTelemetry> logger)
    {
        (_time, _logger) = (time, logger);
        _failures = meters.Create(CallbackTelemetry.Name).CreateCounter<long>(
            "aiplatform.auth.failures", "{attempt}", "Requests that were not let in, by reason: missing, malformed, unknown, expired, revoked, limited or forbidden.");
    }

    /// <param name="who">Its address, or the caller's name.</param>
    public void Failed(AccessFailure failure, HttpContext context, string who)
    {
        var reason = Wire.Word(failure);
        _failures.Add(1, new KeyValuePair<string, object?>("reason", reason));
        var second = _time.GetUtcNow().ToUnixTimeSeconds();
        if (Interlocked.Exchange(ref _second, second) != second)
            LogFailed(_logger, reason, who, context.Request.Method, (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "");
    }

    [LoggerMessage(1063, LogLevel.Warning, "A request was not let in: {Reason}, from {Who}, {Method} {Route}. More of them in the same second are not logged.")]
    static partial void LogFailed(ILogger logger, string reason, string who, string method, string route);
}
