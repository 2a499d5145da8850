using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

sealed class TranscriptionConnection(Provider provider, TimeSpan connectTimeout) : ProviderConnection(provider, provider.Model, connectTimeout)
{
    public Provider Provider => provider;
}
