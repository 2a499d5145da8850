using System.Text.Json;
using AiPlatform.ModelSimulator.Metrics;
using AiPlatform.ModelSimulator.Operations;
using AiPlatform.ModelSimulator.Personalities;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Http;

/// <summary>What vLLM serves beside inference: models, probes, version and metrics.</summary>
static class ServerEndpoints
{
    const string Version = "0.26.0+modelsimulator";
    const string OllamaVersion = "0.13.0+modelsimulator";

    public static void MapServer(this WebApplication app)
    {
        var models = app.Services.GetRequiredService<ServedModels>();
        var sleep = app.Services.GetRequiredService<ServerSleep>();
        var options = app.Services.GetRequiredService<IOptions<SimulatorOptions>>().Value;
        var time = app.Services.GetRequiredService<TimeProvider>();
        var started = time.GetUtcNow();
        var startedAt = time.GetTimestamp();

        app.MapGet("/v1/models", context => JsonAnswer.WriteAsync(context, json => ModelList.Write(json, Personality.Of(context), models, options, started)));
        app.MapGet("/api/version", context => OllamaAsync(context, json => json.WriteString("version", OllamaVersion)));
        app.MapGet("/api/tags", context => OllamaAsync(context, json => ModelList.WriteOllamaTags(json, models, started)));
        app.MapGet("/openapi.json", OpenApiAsync);
        app.MapGet("/health", context => EmptyAsync(context));
        app.MapGet("/health/ready", context => time.GetElapsedTime(startedAt).TotalMilliseconds >= options.StartupMs
            ? EmptyAsync(context)
            : ApiErrors.WriteAsync(context, ApiError.Unavailable("The server is starting."), context.RequestAborted));
        app.MapMethods("/ping", ["GET", "POST"], context => EmptyAsync(context));
        app.MapGet("/version", context => JsonAnswer.WriteAsync(context, json => json.WriteString("version", Version)));
        app.MapGet("/load", context => JsonAnswer.WriteAsync(context, json => json.WriteNumber("server_load", Load(models))));
        app.MapGet("/metrics", context =>
        {
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            return context.Response.WriteAsync(MetricsPage.Render(models, options, sleep.Level, started, time.GetUtcNow()), context.RequestAborted);
        });

        // Unknown paths and methods in the shape of every other error.
        app.UseStatusCodePages(pages =>
        {
            var context = pages.HttpContext;
            var status = context.Response.StatusCode;
            var error = Personality.Of(context).Kind == ServerKind.LmStudio
                ? ApiError.Of(status, $"Unexpected endpoint or method. ({context.Request.Method} {context.Request.Path})") with { HttpStatus = StatusCodes.Status200OK }
                : ApiError.Of(status, ReasonPhrases.GetReasonPhrase(status));
            return ApiErrors.WriteAsync(context, error, context.RequestAborted);
        });
    }

    static Task OpenApiAsync(HttpContext context)
    {
        var kind = Personality.Of(context).Kind;
        if (OpenApiPage.Has(kind))
            return JsonAnswer.WriteAsync(context, json => OpenApiPage.Write(json, kind));
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    /// <summary>Ollama's own routes, which no other server has.</summary>
    static Task OllamaAsync(HttpContext context, Action<Utf8JsonWriter> fields)
    {
        if (Personality.Of(context).Kind == ServerKind.Ollama)
            return JsonAnswer.WriteAsync(context, fields);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    static int Load(ServedModels models) =>
        models.All.Select(model => model.Engine.Read()).Sum(reading => reading.Running + reading.Waiting);

    static Task EmptyAsync(HttpContext context)
    {
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }
}
