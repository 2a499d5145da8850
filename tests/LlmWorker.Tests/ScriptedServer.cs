using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>A server that answers each request as its script says, for what a well-behaved one will not do.</summary>
sealed class ScriptedServer : IAsyncDisposable
{
    readonly WebApplication app;
    readonly TaskCompletionSource clientLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);

    ScriptedServer(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.Single());

    /// <summary>Bodies in the order of arrival.</summary>
    public List<string> Bodies { get; } = [];

    public List<IHeaderDictionary> Headers { get; } = [];

    public List<string> Paths { get; } = [];

    /// <summary>Ends when a client closes its connection before it has its answer.</summary>
    public Task ClientLeft => clientLeft.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    public static async Task<ScriptedServer> StartAsync(Func<HttpContext, Task> script)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new ScriptedServer(app);
        app.Run(async context =>
        {
            context.RequestAborted.Register(() => server.clientLeft.TrySetResult());
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            lock (server.Bodies)
            {
                server.Bodies.Add(Encoding.UTF8.GetString(body.ToArray()));
                server.Headers.Add(new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase)));
                server.Paths.Add(context.Request.Path);
            }
            context.Items["body"] = Encoding.UTF8.GetString(body.ToArray());
            await script(context);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>Answers with a status and a body.</summary>
    public static Task<ScriptedServer> AnsweringAsync(int status, string body, string contentType = "application/json", params (string, string)[] headers) =>
        StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = contentType;
            foreach (var (name, value) in headers)
            {
                context.Response.Headers[name] = value;
            }
            return context.Response.WriteAsync(body, context.RequestAborted);
        });

    /// <summary>Answers with these bytes as an event stream, and ends it.</summary>
    public static Task<ScriptedServer> StreamingAsync(string stream) => AnsweringAsync(200, stream, "text/event-stream");

    /// <summary>Sends the beginning of an event stream, then <paramref name="then"/>.</summary>
    public static Task<ScriptedServer> BeginningAsync(string stream, Func<HttpContext, Task> then) => StartAsync(async context =>
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(stream, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await then(context);
    });

    public static Task SilenceAsync(HttpContext context) => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await app.StopAsync(atOnce.Token);
        await app.DisposeAsync();
    }
}
