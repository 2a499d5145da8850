namespace AiPlatform.Contracts.Infra;

/// <summary>How much of the telemetry of an AI server can be trusted.</summary>
public enum InfraHealth
{
    /// <summary>Every source that is there was read.</summary>
    Ok,

    /// <summary>A source, a GPU or a model server is in trouble; the rest is current.</summary>
    Degraded,

    /// <summary>Sources are expected and none can be read.</summary>
    Unavailable,
}
