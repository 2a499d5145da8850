using System.ClientModel;
using System.ClientModel.Primitives;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Chat.OpenAi;
using AiPlatform.LlmWorker.Providers;
using OpenAI.Embeddings;

namespace AiPlatform.LlmWorker.Embeddings;

/// <summary>OpenAI's protocol for embeddings, which all but Anthropic speak.</summary>
sealed class OpenAiEmbeddings(Provider provider, HttpClient http)
{
    readonly EmbeddingClient client = new(provider.Model, OpenAiDialect.KeyOf(provider), OpenAiDialect.PipelineOf(provider, http));

    /// <inheritdoc cref="IChatDialect.SendAsync"/>
    public async Task<ServerAnswer> SendAsync(ReadOnlyMemory<byte> body, string requestId, CancellationToken ct)
    {
        var call = new RequestOptions { CancellationToken = ct, BufferResponse = false, ErrorOptions = ClientErrorBehaviors.NoThrow };
        call.SetHeader("X-Request-Id", requestId);
        using var content = BinaryContent.Create(BinaryData.FromBytes(body));
        return OpenAiDialect.Answer((await client.GenerateEmbeddingsAsync(content, call)).GetRawResponse());
    }
}
