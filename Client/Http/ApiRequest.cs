using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AiPlatform.Client.Http;

/// <summary>A request that can be sent again.</summary>
/// <param name="Path">Relative to the API's address, such as <c>api/v1/jobs</c>.</param>
sealed record ApiRequest(HttpMethod Method, string Path, TimeSpan Timeout)
{
    /// <summary>With its question mark; empty for none.</summary>
    public string Query { get; init; } = "";

    /// <summary>Makes the body, anew for each attempt; null for none.</summary>
    public Func<HttpContent>? Content { get; init; }

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>Whether it is the same when it comes twice.</summary>
    public bool IsIdempotent { get; init; }

    /// <summary>False where the body can be sent only once.</summary>
    public bool CanSendAgain { get; init; } = true;

    /// <summary>False where what follows a failure is the caller's matter, which has pauses of its own.</summary>
    public bool IsRepeated { get; init; } = true;

    /// <summary>Whether the server is asked before the body is sent: one that refuses it is read, and does not break the connection in the middle of it.</summary>
    public bool AsksFirst { get; init; }

    /// <summary>For messages, without the query, which holds the caller's words.</summary>
    public string Name => $"{Method} /{Path}";

    public bool MayFollow(AiPlatformException failure) =>
        CanSendAgain && IsRepeated && (failure.After == Trial.Safe || (failure.After == Trial.Unsure && IsIdempotent));

    public static ApiRequest Get(string path, TimeSpan timeout) => new(HttpMethod.Get, path, timeout) { IsIdempotent = true };

    public static ApiRequest Post<T>(string path, T body, JsonTypeInfo<T> type, TimeSpan timeout)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, type);
        return new(HttpMethod.Post, path, timeout)
        {
            Content = () => new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
    }

    /// <summary>A duration as the API reads it.</summary>
    public static string Write(TimeSpan duration) => string.Create(CultureInfo.InvariantCulture, $"{(long)duration.TotalMilliseconds}ms");
}
