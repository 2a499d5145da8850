using System.ClientModel.Primitives;
using System.ClientModel;
using AiPlatform.WorkerRuntime.Providers;
using OpenAI.Chat;
using OpenAI;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>The OpenAI SDK on one provider, without the SDK's retries and timeout: both are the job's.</summary>
sealed class ChatConnection : ProviderConnection
{
    public ChatConnection(Provider provider)
        : base(provider, provider.Model, provider.Limits.Connect.Time)
    {
        var pipeline = new OpenAIClientOptions
        {
            Endpoint = provider.BaseAddress,
            Transport = new HttpClientPipelineTransport(Http),
            // A retry here would multiply with the job's own and be paid for twice.
            RetryPolicy = new ClientRetryPolicy(0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            EnableDistributedTracing = false,
        };
        if (provider.ApiKey is null)
        {
            pipeline.AddPolicy(new WithoutKey(), PipelinePosition.BeforeTransport);
        }
        var credential = new ApiKeyCredential(provider.ApiKey ?? "none");
        Chat = new ChatClient(provider.Model, credential, pipeline);
    }

    public ChatClient Chat { get; }

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
