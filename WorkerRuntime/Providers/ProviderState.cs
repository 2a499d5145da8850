using AiPlatform.Contracts;

namespace AiPlatform.WorkerRuntime.Providers;

/// <summary>What probes and calls have found out about a provider.</summary>
/// <param name="model">The model requests go to; null for the server's own choice.</param>
public sealed class ProviderState(ModelProvider provider, string? model)
{
    readonly Lock gate = new();
    bool? reachable;
    double? latencyMs;
    IReadOnlyList<ServedModel> models = [];
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
                Models = [.. models.Select(served => served.Id)],
                LatencyMs = latencyMs,
                // Nothing rests after failures yet: every job is tried on its provider.
                Circuit = "closed",
                LastError = lastError,
            };
        }
    }

    /// <summary>The longest context of a model, prompt and answer together, in tokens; null where the server does not say.</summary>
    public int? MaxContextOf(string servedModel)
    {
        lock (gate)
        {
            return models.FirstOrDefault(served => served.Id == servedModel)?.MaxContextTokens;
        }
    }

    /// <returns>Whether the provider became reachable.</returns>
    internal bool Found(IReadOnlyList<ServedModel> served, TimeSpan latency)
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

/// <summary>A model that a server says it serves.</summary>
/// <param name="MaxContextTokens">vLLM's <c>max_model_len</c>; null where the server does not say.</param>
sealed record ServedModel(string Id, int? MaxContextTokens);
