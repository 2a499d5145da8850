using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AiPlatform.InfraSidecar.Tests.Fakes;

/// <summary>A server whose answers a test chooses, and may change while it runs.</summary>
sealed class FakeVllm : IAsyncDisposable
{
    readonly WebApplication _app;

    FakeVllm(WebApplication app) => _app = app;

    public RequestDelegate Metrics { get; set; } = Text("");

    public RequestDelegate Health { get; set; } = Text("");

    public RequestDelegate Version { get; set; } = Text("""{"version":"0.26.0"}""");

    public string Url => _app.Urls.Single();

    public string Host => new Uri(Url).Authority;

    public static Task<FakeVllm> StartAsync(string metrics) => StartAsync(Text(metrics));

    public static async Task<FakeVllm> StartAsync(RequestDelegate metrics)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var fake = new FakeVllm(app) { Metrics = metrics };
        app.Run(context => context.Request.Path.Value switch
        {
            "/metrics" => fake.Metrics(context),
            "/health" => fake.Health(context),
            "/version" => fake.Version(context),
            _ => Status(404)(context),
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return fake;
    }

    public static RequestDelegate Text(string text) => context => context.Response.WriteAsync(text, context.RequestAborted);

    public static RequestDelegate Status(int status) => context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    /// <summary>Says nothing until the caller gives up.</summary>
    public static async Task Silence(HttpContext context) => await Aborted(context);

    /// <summary>Sends headers and some text, then nothing.</summary>
    public static async Task Stall(HttpContext context)
    {
        await context.Response.WriteAsync("vllm:num_requests_running 1\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await Aborted(context);
    }

    public static async Task BreakOff(HttpContext context)
    {
        context.Response.ContentLength = 1000;
        await context.Response.WriteAsync("vllm:num_requests_running 1\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        context.Abort();
    }

    public static RequestDelegate Garbage(int bytes, bool announced) => async context =>
    {
        if (announced)
            context.Response.ContentLength = bytes;
        var block = new byte[65_536];
        Array.Fill(block, (byte)'x');
        for (var left = bytes; left > 0 && !context.RequestAborted.IsCancellationRequested; left -= block.Length)
            await context.Response.Body.WriteAsync(block.AsMemory(0, Math.Min(left, block.Length)), context.RequestAborted);
    };

    public string Named(string name) => string.Create(CultureInfo.InvariantCulture, $"{name}={Url}");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    static async Task Aborted(HttpContext context)
    {
        var aborted = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(aborted.SetResult);
        await aborted.Task;
    }
}
