using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>A server that answers each request as its script says, for what a well-behaved one will not do.</summary>
sealed class ScriptedServer : IAsyncDisposable
{
    readonly WebApplication app;
    readonly TaskCompletionSource clientLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);

    ScriptedServer(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.Single());

    /// <summary>In the order of arrival; each byte of a body is one character.</summary>
    public List<(string Path, IHeaderDictionary Headers, string Body)> Requests { get; } = [];

    /// <summary>Ends when a client closes its connection before it has its answer.</summary>
    public Task ClientLeft => clientLeft.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    /// <summary>Whether a request for the path has come.</summary>
    public bool Asked(string path)
    {
        lock (Requests)
        {
            return Requests.Any(request => request.Path == path);
        }
    }

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
            lock (server.Requests)
            {
                server.Requests.Add((
                    context.Request.Path,
                    new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase)),
                    Encoding.Latin1.GetString(body.ToArray())));
            }
            await script(context);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public static Task<ScriptedServer> AnsweringAsync(
        int status, string body, string contentType = "application/json", params (string, string)[] headers) =>
        AnsweringAsync(status, Encoding.UTF8.GetBytes(body), contentType, headers);

    public static Task<ScriptedServer> AnsweringAsync(int status, byte[] body, string contentType = "audio/wav", params (string, string)[] headers) =>
        StartAsync(context => AnswerAsync(context, status, body, contentType, headers));

    public static Task AnswerAsync(HttpContext context, int status, byte[] body, string contentType, params (string, string)[] headers)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }
        if (body.Length > 0)
        {
            context.Response.ContentLength = body.Length;
        }
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    public static Task SilenceAsync(HttpContext context) => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await app.StopAsync(atOnce.Token);
        await app.DisposeAsync();
    }
}
