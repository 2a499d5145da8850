using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Admin;

/// <summary><c>/admin/config</c>: the settings that change while the server runs.</summary>
sealed partial class ConfigEndpoints(LiveSettings settings, ILogger<ConfigEndpoints> logger)
{
    public void Map(WebApplication app)
    {
        app.MapGet("/admin/config", ShowAsync);
        app.MapPost("/admin/config", ChangeAsync);
    }

    Task ShowAsync(HttpContext context) => JsonAnswer.WriteAsync(context, settings.Write);

    async Task ChangeAsync(HttpContext context)
    {
        var (document, _, unreadable) = await RequestBody.ReadJsonAsync(context.Request, context.RequestAborted);
        using var body = document;
        if ((unreadable ?? settings.Change(body!.RootElement)) is { } mistake)
        {
            await ApiErrors.WriteAsync(context, mistake, context.RequestAborted);
            return;
        }

        LogChanged(string.Join(", ", body!.RootElement.EnumerateObject().Select(setting => setting.Name)));
        await ShowAsync(context);
    }

    [LoggerMessage(7003, LogLevel.Information, "Settings changed: {Settings}")]
    private partial void LogChanged(string settings);
}
