using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

sealed class TranscriptionConnection(Provider provider, TimeSpan connectTimeout, TimeProvider time)
    : ProviderConnection(provider, provider.Model, connectTimeout, tls: null)
{
    public Provider Provider => provider;

    public ProviderRest Rest { get; } = new(time);
}
