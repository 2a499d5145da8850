using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using AiPlatform.LlmWorker.Providers;
using OpenAI;
using OpenAI.Chat;

namespace AiPlatform.LlmWorker.Chat.OpenAi;

/// <summary>OpenAI's protocol. The SDK carries the request, without its retries and timeout, which are the job's; the stream is read here, because
/// the SDK passes over errors that vLLM sends in it and takes a cut stream for a whole one.</summary>
sealed class OpenAiDialect : IChatDialect
{
    readonly ChatClient client;

    public OpenAiDialect(Provider provider, HttpClient http) => client = new ChatClient(provider.Model, KeyOf(provider), PipelineOf(provider, http));

    public static ApiKeyCredential KeyOf(Provider provider) => new(provider.ApiKey ?? "none");

    public static OpenAIClientOptions PipelineOf(Provider provider, HttpClient http)
    {
        var pipeline = new OpenAIClientOptions
        {
            Endpoint = provider.BaseAddress,
            Transport = new HttpClientPipelineTransport(http),
            // A retry here would multiply with the job's own and be paid for twice.
            RetryPolicy = new ClientRetryPolicy(0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            EnableDistributedTracing = false,
        };
        if (provider.ApiKey is null)
        {
            pipeline.AddPolicy(new WithoutKey(), PipelinePosition.BeforeTransport);
        }
        return pipeline;
    }

    public PreparedChat? TryPrepare(Provider provider, ChatRequest request, out string? obstacle)
    {
        // These two would pass over it.
        obstacle = request.Choices > 1 && provider.Kind is ProviderKind.Ollama or ProviderKind.LmStudio ? "'n' must be 1." : null;
        return obstacle is null ? new PreparedChat(OpenAiBody.Write(request, provider), Reader.Only) : null;
    }

    public async Task<ServerAnswer> SendAsync(ReadOnlyMemory<byte> body, string requestId, CancellationToken ct)
    {
        var call = new RequestOptions { CancellationToken = ct, BufferResponse = false, ErrorOptions = ClientErrorBehaviors.NoThrow };
        // The SDK's own Accept stays: asked for an event stream, it would follow redirects and reconnect by itself.
        call.SetHeader("X-Request-Id", requestId);
        using var content = BinaryContent.Create(BinaryData.FromBytes(body));
        return Answer((await client.CompleteChatAsync(content, call)).GetRawResponse());
    }

    public static ServerAnswer Answer(PipelineResponse response) => new(
        response.Status, response.ContentStream, name => response.Headers.TryGetValue(name, out var value) ? value : null, response);

    sealed class Reader : IChunkReader
    {
        public static readonly Reader Only = new();
        static readonly byte[] Done = "[DONE]"u8.ToArray();

        /// <summary>Null for <c>[DONE]</c>. What follows it is read to the end, so that the connection can be used again.</summary>
        public ChatChunk? Read(string eventType, ReadOnlySpan<byte> data) =>
            data.IsEmpty || data.Trim((byte)' ').SequenceEqual(Done) ? null : JsonSerializer.Deserialize(data, ChatJson.Default.ChatChunk);
    }

    /// <summary>The SDK insists on a key. A server that asks for none must not be sent an invented one.</summary>
    sealed class WithoutKey : PipelinePolicy
    {
        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Remove("Authorization");
            ProcessNext(message, pipeline, currentIndex);
        }

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Remove("Authorization");
            return ProcessNextAsync(message, pipeline, currentIndex);
        }
    }
}
