using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Client.Tests;

/// <summary>A server that answers each request as its script says, for what the API will not do at a test's word.</summary>
sealed class ScriptedServer : IAsyncDisposable
{
    readonly WebApplication _app;
    int _requests;

    ScriptedServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    /// <summary>How many requests have come.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>What came with them, in their order.</summary>
    public List<byte[]> Bodies { get; } = [];

    /// <param name="script">Is told which request it is, from 1 on.</param>
    /// <param name="port">0 for a free one.</param>
    public static async Task<ScriptedServer> StartAsync(Func<HttpContext, int, Task> script, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new ScriptedServer(app);
        app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            lock (server.Bodies)
                server.Bodies.Add(body.ToArray());
            await script(context, Interlocked.Increment(ref server._requests));
        });
        await app.StartAsync(TestApi.Ct);
        return server;
    }

    /// <summary>Answers every request alike.</summary>
    public static Task<ScriptedServer> AnsweringAsync(int status, string media, string body, string? retryAfter = null) =>
        StartAsync((context, _) => AnswerAsync(context, status, media, body, retryAfter));

    public static Task AnswerAsync(HttpContext context, int status, string media, string body, string? retryAfter = null)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = media;
        context.Response.Headers.RetryAfter = retryAfter;
        return context.Response.WriteAsync(body, context.RequestAborted);
    }

    public static string Problem(int status, string code, string more = "") =>
        $$"""{"title":"A title.","status":{{status}},"code":"{{code}}","detail":"What happened."{{more}}}""";

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }
}
