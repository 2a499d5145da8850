using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Personalities;

/// <summary>Ollama and LM Studio load a model when it is first asked for, and drop it when nobody has asked for a while.</summary>
sealed class ModelLoading(IOptions<SimulatorOptions> options, TimeProvider time)
{
    readonly Lock gate = new();
    readonly Dictionary<string, (long ReadyAt, long LastAsked)> loaded = new(StringComparer.Ordinal);

    /// <summary>How long a request for this model waits until it is in memory.</summary>
    public TimeSpan Wait(Personality personality, ServedModel model)
    {
        if (!personality.LoadsModels || options.Value.LoadMs == 0)
            return TimeSpan.Zero;
        var now = time.GetTimestamp();
        lock (gate)
        {
            var key = personality.Name + "/" + model.Name;
            var isLoaded = loaded.TryGetValue(key, out var state) && time.GetElapsedTime(state.LastAsked, now).TotalMilliseconds < options.Value.KeepAliveMs;
            var readyAt = isLoaded ? state.ReadyAt : now + (long)(options.Value.LoadMs / 1000 * time.TimestampFrequency);
            loaded[key] = (readyAt, now);
            return readyAt <= now ? TimeSpan.Zero : time.GetElapsedTime(now, readyAt);
        }
    }

    /// <summary>No model is in memory.</summary>
    public void Reset()
    {
        lock (gate)
            loaded.Clear();
    }
}
