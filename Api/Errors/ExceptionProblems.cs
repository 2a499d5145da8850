using AiPlatform.Api.Access;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Diagnostics;

namespace AiPlatform.Api.Errors;

/// <summary>Answers for the few failures that are not a handler's to foresee.</summary>
sealed partial class ExceptionProblems(ILogger<ExceptionProblems> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var aborted = httpContext.RequestAborted;
        if (!(exception is OperationCanceledException or IOException && aborted.IsCancellationRequested))
        {
            var problem = Of(exception, httpContext);
            try
            {
                await problem.ExecuteAsync(httpContext);
                return true;
            }
            catch (OperationCanceledException) when (aborted.IsCancellationRequested)
            {
                // The caller left while the failure was found, or told.
            }
        }
        // Nobody is there to read an answer; the status is for the metrics.
        if (!httpContext.Response.HasStarted)
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        return true;
    }

    /// <summary>The answer to a request that the server itself could not read.</summary>
    public static ProblemResult Of(BadHttpRequestException exception) => exception.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => Problems.TooLarge(),
        StatusCodes.Status408RequestTimeout => Problems.RequestTimeout(),
        _ => Problems.BadRequest(exception.Message),
    };

    ProblemResult Of(Exception exception, HttpContext context)
    {
        switch (exception)
        {
            case StoreUnavailableException absence:
                LogUnavailable(logger, context.Request.Method, context.Request.Path, absence.Message);
                return Problems.StoreUnavailable();
            case OwnerNotAllowedException { Allowed: { } allowed } foreign:
                return Problems.NotAllowed("owner_service", foreign.OwnerService, RequestCaller.Of(context).Caller, allowed);
            case OwnerNotAllowedException taken:
                return Problems.OwnerOfOtherTenant(taken.OwnerService);
            case BadHttpRequestException broken:
                return Of(broken);
            default:
                LogDefect(logger, exception, context.Request.Method, context.Request.Path);
                return Problems.Internal();
        }
    }

    [LoggerMessage(1000, LogLevel.Error, "{Method} {Path} failed.")]
    static partial void LogDefect(ILogger logger, Exception exception, string method, string path);

    [LoggerMessage(1001, LogLevel.Warning, "{Method} {Path} was answered 503. {Reason}")]
    static partial void LogUnavailable(ILogger logger, string method, string path, string reason);
}
