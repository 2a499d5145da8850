using System.Globalization;
using System.Text.Json;
using AiPlatform.ModelSimulator.Audio;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Operations;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Admin;

/// <summary>How a test or an operator steers the simulator. A real model server has none of these.</summary>
sealed partial class AdminEndpoints(
    FaultBook faults,
    FaultWall wall,
    RandomFailures failures,
    TranscriptBook transcripts,
    RequestLog log,
    LiveSettings settings,
    ServerSleep sleep,
    ServedModels models,
    ModelLoading loading,
    TimeProvider time,
    ILogger<AdminEndpoints> logger)
{
    public void Map(WebApplication app)
    {
        app.MapPost("/admin/faults", ArmAsync);
        app.MapGet("/admin/faults", ListAsync);
        app.MapDelete("/admin/faults", ClearAsync);
        app.MapGet("/admin/requests", RequestsAsync);
        app.MapPost("/admin/reset", ResetAsync);
    }

    async Task ArmAsync(HttpContext context)
    {
        var (order, mistake) = await ReadOrderAsync(context);
        if (order is null)
        {
            await ApiErrors.WriteAsync(context, ApiError.BadRequest(mistake!), context.RequestAborted);
            return;
        }

        if (!faults.TryArm(order))
        {
            var full = ApiError.Of(StatusCodes.Status409Conflict, $"{FaultBook.MaxArmed} faults are armed; remove some.");
            await ApiErrors.WriteAsync(context, full, context.RequestAborted);
            return;
        }

        LogArmed(order.Spec, order.Left, order.Model, order.Path);
        await ListAsync(context);
    }

    Task ListAsync(HttpContext context)
    {
        var armed = faults.All.Select(fault => new FaultOrder(fault.Spec, fault.Model, fault.Path, fault.Left));
        return context.Response.WriteAsJsonAsync(new FaultList([.. armed]), AdminJson.Default.FaultList, cancellationToken: context.RequestAborted);
    }

    Task ClearAsync(HttpContext context)
    {
        faults.Clear();
        return ListAsync(context);
    }

    Task RequestsAsync(HttpContext context)
    {
        var text = context.Request.Query["limit"].ToString();
        var limit = int.MaxValue;
        if (text.Length > 0 && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit))
            return ApiErrors.WriteAsync(context, ApiError.BadRequest($"limit '{text}' is not a whole number", "limit"), context.RequestAborted);
        var (total, tries, records) = log.Newest(limit);
        var list = new RequestList(total, tries, [.. records.Select(record => RequestView.Of(record, time))]);
        return context.Response.WriteAsJsonAsync(list, AdminJson.Default.RequestList, cancellationToken: context.RequestAborted);
    }

    /// <summary>No faults, no ordered transcripts, an empty log, counters at zero, every running request ended and the settings of the start, as after a restart.</summary>
    Task ResetAsync(HttpContext context)
    {
        settings.Reset();
        sleep.Wake([ServerSleep.Weights, ServerSleep.KvCache]);
        models.UnloadAll();
        failures.Reset();
        faults.Clear();
        transcripts.Clear();
        log.Clear();
        wall.Reset();
        loading.Reset();
        foreach (var model in models.All.Append(models.Wall))
            model.Engine.Reset();
        LogReset();
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    static async Task<(ArmedFault? Order, string? Mistake)> ReadOrderAsync(HttpContext context)
    {
        FaultOrder? order;
        try
        {
            order = await JsonSerializer.DeserializeAsync(context.Request.Body, AdminJson.Default.FaultOrder, context.RequestAborted);
        }
        catch (JsonException malformed)
        {
            return (null, "Not a fault order: " + malformed.Message);
        }

        if (order is not { Fault: { } text })
            return (null, "fault is missing, for example {\"fault\":\"status;code=503\",\"times\":2}");
        if (order.Times < 0)
            return (null, $"times {order.Times} is negative; 0 means until removed");
        var (fault, mistake) = FaultText.Parse(text);
        return (fault is null ? null : new ArmedFault(text, fault, order.Model, order.Path, order.Times), mistake);
    }

    [LoggerMessage(7001, LogLevel.Information, "Armed fault {Fault} for {Times} requests (0: all) of model {Model}, path {Path}")]
    private partial void LogArmed(string fault, int times, string? model, string? path);

    [LoggerMessage(7002, LogLevel.Information, "Reset: faults, request log, running requests and counters are gone")]
    private partial void LogReset();
}
