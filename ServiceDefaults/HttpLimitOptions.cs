using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace AiPlatform.ServiceDefaults;

/// <summary>What a process that serves HTTP lets its callers take: the same for all of them.</summary>
public sealed class HttpLimitOptions
{
    /// <summary>Connections at a time; one more is closed unanswered.</summary>
    /// <value>Default 10000; 1 to 1,000,000.</value>
    [ConfigurationKeyName("HTTP_MAX_CONNECTIONS"), Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Connections at a time from one address, of IPv6 from its /64; one more is closed unanswered. Behind a proxy all callers have the proxy's address.</summary>
    /// <value>Default 0, for no limit; 0 to 1,000,000.</value>
    [ConfigurationKeyName("HTTP_MAX_CONNECTIONS_PER_ADDRESS"), Range(0, 1_000_000)]
    public int MaxConnectionsPerAddress { get; set; }

    /// <summary>Bytes a second that a caller must bring of its body, and take of what is written to it, once <see cref="SlowGrace"/> is over; a slower one is
    /// cut off. A stream or a long-poll on which nothing is written is not slow.</summary>
    /// <value>Default 1024; 0, for no limit, to 1,000,000.</value>
    [ConfigurationKeyName("HTTP_MIN_BYTES_PER_SECOND"), Range(0, 1_000_000)]
    public int MinBytesPerSecond { get; set; } = 1024;

    /// <summary>How long a body or an answer may be slower than <see cref="MinBytesPerSecond"/>.</summary>
    /// <value>Default 10 s; 1.1 s to 5 min.</value>
    [ConfigurationKeyName("HTTP_SLOW_GRACE"), Range(typeof(TimeSpan), "00:00:01.1", "00:05:00")]
    public TimeSpan SlowGrace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the headers of a request may take to come.</summary>
    /// <value>Default 15 s; 1 s to 5 min.</value>
    [ConfigurationKeyName("HTTP_HEADERS_TIMEOUT"), Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a connection without a request is kept. Clients that keep connections for longer see resets.</summary>
    /// <value>Default 130 s (2m10s); 1 s to 1 h.</value>
    [ConfigurationKeyName("HTTP_KEEP_ALIVE"), Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(130);
}
