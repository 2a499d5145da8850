using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Faults;

/// <summary>Lets a part of the requests fail by chance, as the settings are now.</summary>
sealed class RandomFailures(IOptions<SimulatorOptions> options)
{
    readonly Lock gate = new();
    Random random = new(options.Value.Seed);

    /// <summary>The failure of this request; none: it is answered well.</summary>
    public Fault? Next()
    {
        var (rate, chosen) = (options.Value.FailureRate, options.Value.FailureTypes);
        if (rate == 0)
            return null;
        var types = chosen.Count > 0 ? chosen : FailureTypes.Names;
        lock (gate)
            return random.NextDouble() * 100 < rate ? FailureTypes.Of(types[random.Next(types.Count)]) : null;
    }

    /// <summary>The same failures come again, as after a restart.</summary>
    public void Reset()
    {
        lock (gate)
            random = new Random(options.Value.Seed);
    }
}
