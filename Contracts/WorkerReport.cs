using System.Text.Json.Serialization;

namespace AiPlatform.Contracts;

/// <summary>What a worker says of itself: answered by its <c>/worker/status</c> and reported to the store every few seconds.</summary>
public sealed record WorkerReport
{
    public required string WorkerId { get; init; }

    /// <summary><c>llm</c> or <c>transcription</c>.</summary>
    public required string Kind { get; init; }

    public required IReadOnlyList<string> TaskTypes { get; init; }
    public required IReadOnlyList<string> ModelProfiles { get; init; }

    /// <summary>Jobs at a time.</summary>
    public required int Slots { get; init; }

    /// <summary>Jobs in hand.</summary>
    public required IReadOnlyList<Guid> Running { get; init; }

    /// <summary>True from the stop signal on: it finishes what it has and takes no more.</summary>
    public required bool Draining { get; init; }

    public DateTimeOffset? LastClaimAt { get; init; }
    public required IReadOnlyList<ProviderReport> Providers { get; init; }

    /// <summary>What is wrong with a changed configuration, so that the one before still holds; left out where nothing is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ConfigurationProblem { get; init; }

    /// <summary>When it was said.</summary>
    public required DateTimeOffset ReportedAt { get; init; }
}

/// <summary>One model provider as a worker sees it; never a secret.</summary>
public sealed record ProviderReport
{
    /// <summary>Such as <c>lmstudio</c>, <c>vllm</c>, <c>voxtral</c>.</summary>
    public required string Name { get; init; }

    /// <summary>False where an address or a required key is missing.</summary>
    public required bool Configured { get; init; }

    /// <summary>Whether the last probe or call got an answer; null before the first.</summary>
    public bool? Reachable { get; init; }

    /// <summary>Scheme, host and port only.</summary>
    public string? Endpoint { get; init; }

    /// <summary>False where the server's certificate is not checked (<c>ssl_verify</c>); else left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? TlsVerified { get; init; }

    /// <summary>The model requests go to.</summary>
    public string? Model { get; init; }

    /// <summary>What the server says it serves; empty where it does not say.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Milliseconds of the last probe; null before the first.</summary>
    public double? LatencyMs { get; init; }

    /// <summary><c>closed</c> (in use), <c>half_open</c> or <c>open</c> (resting after failures); of several models the best.</summary>
    public required string Circuit { get; init; }

    /// <summary>Category of the last failed call; null after a good one.</summary>
    public string? LastError { get; init; }

    /// <summary>Its models that jobs are sent to; left out by workers that send all jobs to one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DeploymentReport>? Deployments { get; init; }
}

/// <summary>A model on a provider as a worker sees it.</summary>
public sealed record DeploymentReport
{
    public required string Model { get; init; }

    /// <summary><c>embedding</c> for what was seen of it with embeddings; left out for chats.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Operation { get; init; }

    /// <summary>The model groups it belongs to.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary><c>closed</c> (in use), <c>half_open</c> (tried by one call) or <c>open</c> (resting after failures).</summary>
    public required string Circuit { get; init; }

    /// <summary>Milliseconds until it is tried again; null where it is in use, and where it rests until the configuration changes.</summary>
    public long? RestsForMs { get; init; }

    /// <summary>Calls under way.</summary>
    public required int InFlight { get; init; }

    /// <summary>Calls that may be under way, from this worker; left out where <c>LLM_ADMISSION</c> is false.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Limit { get; init; }

    /// <summary>Why the limit is lower than the configured <c>concurrency</c>: <c>refusals</c> (calls were refused as too many, or answered slowly) or
    /// <c>server</c> (it says itself that it has too much to do); left out where it is not lower.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LimitedBy { get; init; }

    /// <summary>Milliseconds to the first token, lately; null before the first answer.</summary>
    public double? TimeToFirstTokenMs { get; init; }

    /// <summary>Milliseconds from token to token, lately; null before the first answer of more than one.</summary>
    public double? TimePerTokenMs { get; init; }

    /// <summary>Category of the last failed call; null after a good one.</summary>
    public string? LastError { get; init; }
}

/// <summary>Answer of <c>GET /api/v1/providers/status</c>: the providers as each live worker sees them.</summary>
public sealed record ProvidersStatus(IReadOnlyList<WorkerProviders> Workers);

/// <param name="ConfigurationProblem">As in <see cref="WorkerReport"/>.</param>
public sealed record WorkerProviders(
    string WorkerId, string Kind, DateTimeOffset ReportedAt, IReadOnlyList<ProviderReport> Providers,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ConfigurationProblem);
