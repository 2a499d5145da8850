using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Operations;

/// <summary>vLLM's <c>/sleep</c>, <c>/wake_up</c> and <c>/is_sleeping</c>.</summary>
sealed class SleepEndpoints(ServerSleep sleep)
{
    static readonly string[] Parts = [ServerSleep.Weights, ServerSleep.KvCache];

    public void Map(WebApplication app)
    {
        app.MapPost("/sleep", VllmOnly.Of(SleepAsync));
        app.MapPost("/wake_up", VllmOnly.Of(WakeAsync));
        app.MapGet("/is_sleeping", VllmOnly.Of(context =>
            JsonAnswer.WriteAsync(context, json => json.WriteBoolean("is_sleeping", sleep.Level > 0))));
    }

    Task SleepAsync(HttpContext context)
    {
        var (level, mode) = (context.Request.Query["level"].ToString(), context.Request.Query["mode"].ToString());
        if (level is not ("" or "1" or "2"))
            return RefuseAsync(context, $"level is '{level}', which is none of 1, 2", "level");
        if (mode is not ("" or "abort"))
            return RefuseAsync(context, $"mode is '{mode}'; only 'abort' is simulated", "mode");
        sleep.Sleep(level == "2" ? 2 : 1);
        return Task.CompletedTask;
    }

    Task WakeAsync(HttpContext context)
    {
        var tags = context.Request.Query["tags"];
        if (tags.FirstOrDefault(tag => !Parts.Contains(tag)) is { } unknown)
            return RefuseAsync(context, $"tags has '{unknown}', which is none of {string.Join(", ", Parts)}", "tags");
        sleep.Wake(tags.Count == 0 ? Parts : [.. tags.OfType<string>()]);
        return Task.CompletedTask;
    }

    static Task RefuseAsync(HttpContext context, string message, string param) =>
        ApiErrors.WriteAsync(context, ApiError.BadRequest(message, param), context.RequestAborted);
}
