using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Faults;

/// <summary>Applies armed faults that name a path such as <c>/health</c> or <c>/v1/models</c>; inference takes its own.</summary>
static class ProbeFaults
{
    public static void Use(WebApplication app, FaultBook faults, TimeProvider time, params string[] inferencePaths) => app.Use((context, next) =>
    {
        var path = context.Request.Path.Value ?? "/";
        if (faults.IsEmpty || inferencePaths.Contains(path, StringComparer.Ordinal) || path.StartsWith("/admin/", StringComparison.Ordinal))
            return next(context);
        return faults.Take(path, model: null, named: true) is { Fault: var fault } ? HitAsync(context, next, fault, time) : next(context);
    });

    static async Task HitAsync(HttpContext context, RequestDelegate next, Fault fault, TimeProvider time)
    {
        switch (fault.Kind)
        {
            case FaultKind.Hang or FaultKind.Slow or FaultKind.Stall:
                await Task.Delay(fault.Pause, time, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!context.RequestAborted.IsCancellationRequested)
                    await next(context);
                break;
            case FaultKind.Reset or FaultKind.Cut:
                context.Abort();
                break;
            default:
                await ApiErrors.WriteAsync(context, fault.Error(time.GetUtcNow()), context.RequestAborted);
                break;
        }
    }
}
