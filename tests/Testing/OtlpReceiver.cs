using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace AiPlatform.Testing;

/// <summary>Takes what an OTLP/HTTP exporter sends, by path.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<(string Signal, byte[] Body)> _received = new();

    OtlpReceiver(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var receiver = new OtlpReceiver(builder.Build());
        receiver._app.Urls.Add("http://127.0.0.1:0");
        receiver._app.MapPost("/v1/{signal}", receiver.TakeAsync);
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>All bodies sent for a signal. Names and texts stand in protobuf as they are.</summary>
    public string Received(string signal) => string.Concat(Bodies(signal).Select(Encoding.Latin1.GetString));

    /// <summary>The spans that have come so far.</summary>
    public IReadOnlyList<OtlpSpan> Spans => [.. Bodies("traces").SelectMany(body => OtlpSpan.Read(body))];

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    async Task TakeAsync(string signal, HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        _received.Enqueue((signal, body.ToArray()));
    }

    IEnumerable<byte[]> Bodies(string signal) => _received.Where(entry => entry.Signal == signal).Select(entry => entry.Body);
}
