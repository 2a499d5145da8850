using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Chaos.Tests;

/// <summary>A model server that notes which job it works on for which worker, and answers with the number of the execution.</summary>
sealed class ModelServer : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly History _history;
    int _count;

    ModelServer(WebApplication app, History history) => (_app, _history) = (app, history);

    public Uri Address => new($"{_app.Urls.Single()}/v1");

    public static async Task<ModelServer> StartAsync(History history, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new ModelServer(app, history);
        app.MapGet("/v1/models", () => Results.Text("""{"object":"list","data":[{"id":"qwen2.5-14b","object":"model"}]}""", "application/json"));
        app.MapPost("/v1/chat/completions", server.AnswerAsync);
        await app.StartAsync(ct);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    async Task AnswerAsync(HttpContext context)
    {
        using var request = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var job = request.RootElement.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetString()!;
        var worker = $"{context.Request.Headers.Authorization}".Replace("Bearer ", "", StringComparison.Ordinal);
        var number = Interlocked.Increment(ref _count);
        _history.Executions.Enqueue(new Execution(number, job, worker, _history.Now));

        context.Response.ContentType = "text/event-stream";
        await SayAsync(context, "{\"content\":\"execution \"}", "null");
        await Task.Delay(20 + number * 37 % 150, context.RequestAborted);
        await SayAsync(context, $"{{\"content\":\"{number}\"}}", "null");
        await SayAsync(context, "{}", "\"stop\"");
        await context.Response.WriteAsync("data: [DONE]\n\n", context.RequestAborted);
    }

    static async Task SayAsync(HttpContext context, string delta, string reason)
    {
        await context.Response.WriteAsync(
            $"data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{reason}}}]}}\n\n",
            context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
