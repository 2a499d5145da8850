using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Metrics;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Http;

/// <summary>What vLLM serves beside inference: models, probes, version and metrics.</summary>
static class ServerEndpoints
{
    const string Version = "0.26.0+modelsimulator";

    public static void MapServer(this WebApplication app)
    {
        var models = app.Services.GetRequiredService<ServedModels>();
        var options = app.Services.GetRequiredService<IOptions<SimulatorOptions>>().Value;
        var started = app.Services.GetRequiredService<TimeProvider>().GetUtcNow();

        app.MapGet("/v1/models", context => ModelsAsync(context, models, options, started));
        app.MapGet("/health", context => EmptyAsync(context));
        app.MapMethods("/ping", ["GET", "POST"], context => EmptyAsync(context));
        app.MapGet("/version", context => JsonAsync(context, json => json.WriteString("version", Version)));
        app.MapGet("/load", context => JsonAsync(context, json => json.WriteNumber("server_load", Load(models))));
        app.MapGet("/metrics", context =>
        {
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            return context.Response.WriteAsync(MetricsPage.Render(models.All, started), context.RequestAborted);
        });

        // Unknown paths and methods in the shape of every other error.
        app.UseStatusCodePages(pages =>
        {
            var status = pages.HttpContext.Response.StatusCode;
            return ApiErrors.WriteAsync(pages.HttpContext, ApiError.Of(status, ReasonPhrases.GetReasonPhrase(status)), pages.HttpContext.RequestAborted);
        });
    }

    static int Load(ServedModels models) =>
        models.All.Select(model => model.Engine.Read()).Sum(reading => reading.Running + reading.Waiting);

    static Task EmptyAsync(HttpContext context)
    {
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    static Task ModelsAsync(HttpContext context, ServedModels models, SimulatorOptions options, DateTimeOffset started) =>
        JsonAsync(context, json => WriteModels(json, models, options, started));

    static void WriteModels(Utf8JsonWriter json, ServedModels models, SimulatorOptions options, DateTimeOffset started)
    {
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach (var model in models.All)
        {
            json.WriteStartObject();
            json.WriteString("id", model.Name);
            json.WriteString("object", "model");
            json.WriteNumber("created", started.ToUnixTimeSeconds());
            json.WriteString("owned_by", "vllm");
            json.WriteString("root", model.Name);
            json.WriteNull("parent");
            json.WriteNumber("max_model_len", options.MaxModelLen);
            WritePermission(json, model.Name, started);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    static void WritePermission(Utf8JsonWriter json, string model, DateTimeOffset started)
    {
        json.WriteStartArray("permission");
        json.WriteStartObject();
        json.WriteString("id", "modelperm-" + model);
        json.WriteString("object", "model_permission");
        json.WriteNumber("created", started.ToUnixTimeSeconds());
        foreach (var (name, allowed) in new[]
        {
            ("allow_create_engine", false), ("allow_sampling", true), ("allow_logprobs", true),
            ("allow_search_indices", false), ("allow_view", true), ("allow_fine_tuning", false)
        })
        {
            json.WriteBoolean(name, allowed);
        }

        json.WriteString("organization", "*");
        json.WriteNull("group");
        json.WriteBoolean("is_blocking", false);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    static async Task JsonAsync(HttpContext context, Action<Utf8JsonWriter> fields)
    {
        context.Response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonText.Options))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
