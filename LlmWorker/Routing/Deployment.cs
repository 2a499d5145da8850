using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Admission;
using AiPlatform.LlmWorker.Configuration;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Routing;

/// <summary>What a model is asked for.</summary>
enum Operation
{
    Chat,
    Embedding,
}

/// <summary>A model on a provider, with what this worker has seen of it. In several groups it is one and the same; but what is seen of it with one operation
/// says nothing of the other, as most models do only one.</summary>
sealed class Deployment(
    Operation operation, DeploymentConfig config, ChatConnection connection, AdmissionRules rules, AdmissionSignal signal, TimeProvider time, Random random)
{
    // One failure alone keeps work away for half a minute; the circuit breaker sees to those that go on.
    static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(10);

    readonly Pace pace = new(time);
    readonly Lock gate = new();
    int failures;
    long failedAt;
    string? lastError;

    public Operation Operation => operation;

    /// <summary>Whether it is worth showing: most models are never asked to embed.</summary>
    public bool IsSeen { get; private set; } = operation == Operation.Chat;

    public Provider Provider => config.Provider;

    public DeploymentConfig Config => config;

    public ChatConnection Connection => connection;

    /// <summary>What the configuration says, else what the server does; null where neither.</summary>
    public int? MaxContextTokens => config.MaxContextTokens ?? connection.State.MaxContextOf(Provider.Model);

    public CircuitBreaker Breaker { get; } = new(time, random);

    public Places Places { get; } = new(rules.PlacesAt(config), rules, signal, time);

    /// <summary>Whether its server may be vLLM, which says how busy it is: only vLLM's list of models tells how long a prompt may be.</summary>
    public bool MayHaveGauges => Provider.Kind == ProviderKind.Vllm
        || Provider.Kind == ProviderKind.OpenAiCompatible && connection.State.MaxContextOf(Provider.Model) is not null;

    public Candidate Candidate(int tokens)
    {
        lock (gate)
        {
            var failing = failures == 0 ? 0 : failures * Math.Pow(0.5, time.GetElapsedTime(failedAt) / HalfLife);
            return new Candidate(pace.Expected(tokens), Places.InFlight, Places.Limit ?? config.Concurrency, failing);
        }
    }

    public void Asked() => IsSeen = true;

    public void Answered(TimeSpan? toFirstToken, TimeSpan? perToken)
    {
        lock (gate)
        {
            (failures, lastError) = (0, null);
        }
        if (toFirstToken is { } first)
        {
            pace.Measured(first, perToken);
        }
    }

    public void Failed(ProviderFailure failure)
    {
        lock (gate)
        {
            (failures, failedAt, lastError) = (failures + 1, time.GetTimestamp(), failure.Category);
        }
    }

    public DeploymentReport Report(IReadOnlyList<string> groups) => new()
    {
        Model = Provider.Model,
        Operation = operation == Operation.Embedding ? "embedding" : null,
        Groups = groups,
        Circuit = Word(Breaker.State),
        RestsForMs = Breaker.Left is var left && left > TimeSpan.Zero && left < TimeSpan.MaxValue ? (long)left.TotalMilliseconds : null,
        InFlight = Places.InFlight,
        Limit = Places.Limit,
        LimitedBy = Places.LimitedBy,
        TimeToFirstTokenMs = Rounded(pace.ToFirstToken),
        TimePerTokenMs = Rounded(pace.PerToken),
        LastError = Volatile.Read(ref lastError),
    };

    public override string ToString() => operation == Operation.Embedding ? $"{Provider.Model} of {Provider} (embeddings)" : $"{Provider.Model} of {Provider}";

    static double? Rounded(TimeSpan? time) => time is { } value ? Math.Round(value.TotalMilliseconds, 1) : null;

    static string Word(CircuitState state) => state switch
    {
        CircuitState.Closed => "closed",
        CircuitState.HalfOpen => "half_open",
        _ => "open",
    };
}
