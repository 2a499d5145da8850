using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

sealed class TranscriptionConnection(Provider provider, TimeSpan connectTimeout) : ProviderConnection(provider, provider.Model, connectTimeout, tls: null)
{
    public Provider Provider => provider;
}
