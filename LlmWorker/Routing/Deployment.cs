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
sealed class Deployment
{
    // One failure alone keeps work away for half a minute; the circuit breaker sees to those that go on.
    static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(10);

    readonly TimeProvider time;
    readonly Pace pace;
    readonly Lock gate = new();
    int failures;
    long failedAt;
    string? lastError;

    /// <param name="before">The same with other settings, of which calls may still be under way.</param>
    public Deployment(
        Operation operation, DeploymentConfig config, ChatConnection connection, Deployment? before,
        AdmissionRules rules, AdmissionSignal signal, TimeProvider time, Random random)
    {
        (Operation, Config, Connection, this.time) = (operation, config, connection, time);
        IsSeen = before?.IsSeen ?? operation == Operation.Chat;
        pace = before?.pace ?? new Pace(time);
        // One that rests until the configuration changes gets its chance.
        Breaker = before is { Breaker: { } breaker } && breaker.Left < TimeSpan.MaxValue ? breaker : new CircuitBreaker(time, random);
        Places = before?.Places ?? new Places(rules.PlacesAt(config), rules, signal, time);
        Places.Configure(rules.PlacesAt(config));
    }

    public Operation Operation { get; }

    /// <summary>Whether it is worth showing: most models are never asked to embed.</summary>
    public bool IsSeen { get; private set; }

    public Provider Provider => Config.Provider;

    public DeploymentConfig Config { get; }

    public ChatConnection Connection { get; }

    /// <summary>What the configuration says, else what the server does; null where neither.</summary>
    public int? MaxContextTokens => Config.MaxContextTokens ?? Connection.State.MaxContextOf(Provider.Model);

    public CircuitBreaker Breaker { get; }

    public Places Places { get; }

    /// <summary>Whether its server may be vLLM, which says how busy it is: only vLLM's list of models tells how long a prompt may be.</summary>
    public bool MayHaveGauges => Provider.Kind == ProviderKind.Vllm
        || Provider.Kind == ProviderKind.OpenAiCompatible && Connection.State.MaxContextOf(Provider.Model) is not null;

    public Candidate Candidate(int tokens)
    {
        lock (gate)
        {
            var failing = failures == 0 ? 0 : failures * Math.Pow(0.5, time.GetElapsedTime(failedAt) / HalfLife);
            return new Candidate(pace.Expected(tokens), Places.InFlight, Places.Limit ?? Config.Concurrency, failing);
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
        Operation = Operation == Operation.Embedding ? "embedding" : null,
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

    public override string ToString() => Operation == Operation.Embedding ? $"{Provider.Model} of {Provider} (embeddings)" : $"{Provider.Model} of {Provider}";

    static double? Rounded(TimeSpan? time) => time is { } value ? Math.Round(value.TotalMilliseconds, 1) : null;

    static string Word(CircuitState state) => state switch
    {
        CircuitState.Closed => "closed",
        CircuitState.HalfOpen => "half_open",
        _ => "open",
    };
}
