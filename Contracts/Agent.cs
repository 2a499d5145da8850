using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiPlatform.Contracts;

/// <summary>Result of an <c>agent_message</c> job.</summary>
public sealed record AgentResult
{
    /// <summary>The message that is answered.</summary>
    public required string MessageId { get; init; }

    /// <summary>What the agent says; of a fallback the service's own polite text.</summary>
    public required string Response { get; init; }

    /// <summary>Whose message and answer it is.</summary>
    public required string TenantId { get; init; }

    /// <summary>True where no model could answer, and <see cref="Response"/> is not the agent's.</summary>
    public required bool Fallback { get; init; }

    /// <summary>One of <see cref="ErrorCategories"/>: why there is no answer of a model. Left out where there is one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ErrorCategory { get; init; }

    /// <summary>The model that answered, in the server's words; left out of a fallback, as are the fields below.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Model { get; init; }

    /// <summary>Name of the provider that answered.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Provider { get; init; }

    /// <summary>The group whose model answered.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModelGroup { get; init; }

    /// <summary>The server's own usage object; left out where it gave none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Usage { get; init; }

    /// <summary>Milliseconds from the request to the model server to its last byte.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? DurationMs { get; init; }
}
