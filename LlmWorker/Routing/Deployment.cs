using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Configuration;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Routing;

/// <summary>A model on a provider, with what this worker has seen of it. In several groups it is one and the same.</summary>
sealed class Deployment(DeploymentConfig config, ChatConnection connection, TimeProvider time, Random random)
{
    readonly Pace pace = new(time);
    int inFlight;
    int failures;
    volatile string? lastError;

    public Provider Provider => config.Provider;

    public DeploymentConfig Config => config;

    public ChatConnection Connection => connection;

    public CircuitBreaker Breaker { get; } = new(time, random);

    public Candidate Candidate(int tokens) => new(pace.Expected(tokens), Volatile.Read(ref inFlight), config.Concurrency, Volatile.Read(ref failures));

    public void Begin() => Interlocked.Increment(ref inFlight);

    public void End() => Interlocked.Decrement(ref inFlight);

    public void Answered(TimeSpan? toFirstToken, TimeSpan? perToken)
    {
        Volatile.Write(ref failures, 0);
        lastError = null;
        if (toFirstToken is { } first)
        {
            pace.Measured(first, perToken);
        }
    }

    public void Failed(ProviderFailure failure)
    {
        Interlocked.Increment(ref failures);
        lastError = failure.Category;
    }

    public DeploymentReport Report(IReadOnlyList<string> groups) => new()
    {
        Model = Provider.Model,
        Groups = groups,
        Circuit = Word(Breaker.State),
        RestsForMs = Breaker.Left is var left && left > TimeSpan.Zero && left < TimeSpan.MaxValue ? (long)left.TotalMilliseconds : null,
        InFlight = Volatile.Read(ref inFlight),
        TimeToFirstTokenMs = Rounded(pace.ToFirstToken),
        TimePerTokenMs = Rounded(pace.PerToken),
        LastError = lastError,
    };

    public override string ToString() => $"{Provider.Model} of {Provider}";

    static double? Rounded(TimeSpan? time) => time is { } value ? Math.Round(value.TotalMilliseconds, 1) : null;

    static string Word(CircuitState state) => state switch
    {
        CircuitState.Closed => "closed",
        CircuitState.HalfOpen => "half_open",
        _ => "open",
    };
}
