using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace AiPlatform.ServiceDefaults.Http;

/// <summary>What Kestrel stops before a process sees the request.</summary>
sealed class HttpLimits(IOptions<HttpLimitOptions> options) : IConfigureOptions<KestrelServerOptions>
{
    // Above what the API refuses by itself, with a problem: Kestrel's own answers have no body.
    const int RequestLineBytes = 16 * 1024;
    const int HeaderBytes = 64 * 1024;
    const int Headers = 200;

    const int StreamsPerConnection = 100;

    public void Configure(KestrelServerOptions server)
    {
        var limits = options.Value;
        server.AddServerHeader = false;
        server.Limits.MaxConcurrentConnections = limits.MaxConnections;
        server.Limits.MaxConcurrentUpgradedConnections = 0;
        server.Limits.MaxRequestLineSize = RequestLineBytes;
        server.Limits.MaxRequestHeadersTotalSize = HeaderBytes;
        server.Limits.MaxRequestHeaderCount = Headers;
        server.Limits.RequestHeadersTimeout = limits.HeadersTimeout;
        server.Limits.KeepAliveTimeout = limits.KeepAlive;
        var slowest = limits.MinBytesPerSecond == 0 ? null : new MinDataRate(limits.MinBytesPerSecond, limits.SlowGrace);
        server.Limits.MinRequestBodyDataRate = slowest;
        server.Limits.MinResponseDataRate = slowest;
        server.Limits.Http2.MaxStreamsPerConnection = StreamsPerConnection;
        if (limits.MaxConnectionsPerAddress > 0)
        {
            var addresses = new ConnectionsByAddress(limits.MaxConnectionsPerAddress);
            server.ConfigureEndpointDefaults(listen => listen.Use(next => connection => addresses.ServeAsync(connection, next)));
        }
    }
}
