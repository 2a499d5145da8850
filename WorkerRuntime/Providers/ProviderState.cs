using AiPlatform.Contracts;

namespace AiPlatform.WorkerRuntime.Providers;

/// <summary>What probes and calls have found out about a provider.</summary>
/// <param name="model">The model requests go to; null for the server's own choice.</param>
public sealed class ProviderState(ModelProvider provider, string? model)
{
    readonly Lock gate = new();
    bool? reachable;
    double? latencyMs;
    IReadOnlyList<string> models = [];
    string? lastError;

    public ModelProvider Provider => provider;

    public ProviderReport Report()
    {
        lock (gate)
        {
            return new ProviderReport
            {
                Name = provider.Name,
                Configured = true,
                Reachable = reachable,
                Endpoint = provider.Endpoint,
                Model = model,
                Models = models,
                LatencyMs = latencyMs,
                // Nothing rests after failures yet: every job is tried on its provider.
                Circuit = "closed",
                LastError = lastError,
            };
        }
    }

    /// <returns>Whether the provider became reachable.</returns>
    internal bool Found(IReadOnlyList<string> served, TimeSpan latency)
    {
        lock (gate)
        {
            models = served;
            latencyMs = Math.Round(latency.TotalMilliseconds, 1);
            return Reached(true);
        }
    }

    /// <returns>Whether the provider became unreachable.</returns>
    internal bool Lost()
    {
        lock (gate)
        {
            return Reached(false);
        }
    }

    /// <param name="failure">Null for a good answer.</param>
    public void Called(ProviderFailure? failure)
    {
        lock (gate)
        {
            lastError = failure?.Category;
            // A refusal is an answer too; whether an error or a silence means that the provider is gone, the next probe says.
            if (failure is null or { Category: ErrorCategories.ProviderRejected })
            {
                reachable = true;
            }
        }
    }

    bool Reached(bool now)
    {
        var changed = reachable != now;
        reachable = now;
        return changed;
    }
}
