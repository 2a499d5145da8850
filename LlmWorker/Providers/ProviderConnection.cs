using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.Options;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>The OpenAI SDK on one provider, without the SDK's retries and timeout: both are the job's.</summary>
sealed class ProviderConnection : IDisposable
{
    readonly HttpClient http;

    public ProviderConnection(Provider provider, IOptions<LlmOptions> options)
    {
        Provider = provider;
        http = CreateHttp(options.Value.ConnectTimeout);

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
        var credential = new ApiKeyCredential(provider.ApiKey ?? "none");
        Chat = new ChatClient(provider.Model, credential, pipeline);
        Models = new OpenAIModelClient(credential, pipeline);
    }

    public Provider Provider { get; }

    public ChatClient Chat { get; }

    public OpenAIModelClient Models { get; }

    public void Dispose() => http.Dispose();

    static HttpClient CreateHttp(TimeSpan connectTimeout)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = connectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AllowAutoRedirect = false,
            UseCookies = false,
            // An answer that nobody reads on must end at once: the server stops generating when the connection closes.
            MaxResponseDrainSize = 0,
        };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
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
