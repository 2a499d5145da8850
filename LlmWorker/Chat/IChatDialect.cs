using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>How a kind of server is asked, and how its answer is read. OpenAI's protocol and Anthropic's.</summary>
interface IChatDialect
{
    /// <param name="provider">With the model to ask.</param>
    /// <param name="obstacle">What of the request this kind of server cannot be asked, as a sentence that names the field; null for nothing.</param>
    PreparedChat? TryPrepare(Provider provider, ChatRequest request, out string? obstacle);

    /// <summary>Sends a body; comes back with the head of the answer.</summary>
    /// <param name="requestId">Shown to the server, to join its log with ours.</param>
    Task<ServerAnswer> SendAsync(ReadOnlyMemory<byte> body, string requestId, CancellationToken ct);
}

/// <summary>A request as it is sent, and who reads its answer.</summary>
sealed record PreparedChat(ReadOnlyMemory<byte> Body, IChunkReader Reader);

/// <summary>Reads the events of one streamed answer.</summary>
interface IChunkReader
{
    /// <returns>Null where the event adds nothing to the answer.</returns>
    /// <exception cref="System.Text.Json.JsonException">It is not what such a server sends.</exception>
    ChatChunk? Read(string eventType, ReadOnlySpan<byte> data);
}
