using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Admin;

/// <summary>One request to a model as it reached this server. Written by its handler, read by <c>GET /admin/requests</c>.</summary>
sealed class RequestRecord(string id, DateTimeOffset receivedAt, string path, IReadOnlyDictionary<string, string> headers)
{
    /// <summary>Bodies beyond this are not kept, so that the log cannot eat the memory.</summary>
    public const int MaxBodyBytes = 16 * 1024;

    byte[]? body;

    public string Id => id;

    public DateTimeOffset ReceivedAt => receivedAt;

    public string Path => path;

    public IReadOnlyDictionary<string, string> Headers => headers;

    public string? Model { get; set; }

    public bool Stream { get; set; }

    public string? Fault { get; set; }

    /// <summary>Form fields of a transcription, without the audio.</summary>
    public IReadOnlyDictionary<string, string>? Form { get; set; }

    public byte[]? Body
    {
        get => body;
        set => body = value is { Length: <= MaxBodyBytes } ? value : null;
    }

    /// <summary>None until the engine took the request.</summary>
    public IReadOnlyList<Sequence> Sequences { get; set; } = [];

    public int TokensSent { get; set; }

    /// <summary>None while the request runs, or when the connection ended without an answer.</summary>
    public int? Status { get; set; }
}
