using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Bench.Servers;

/// <summary>Takes telemetry over OTLP/HTTP and forgets it.</summary>
sealed class OtlpSink : IAsyncDisposable
{
    readonly WebApplication _app;
    long _received;

    OtlpSink(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    /// <summary>Requests so far.</summary>
    public long Received => Interlocked.Read(ref _received);

    public static async Task<OtlpSink> StartAsync(CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var sink = new OtlpSink(app);
        app.Run(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            Interlocked.Increment(ref sink._received);
            context.Response.ContentType = "application/x-protobuf";
        });
        await app.StartAsync(ct);
        return sink;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
