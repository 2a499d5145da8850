using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiPlatform.Contracts;

/// <summary>Body of <c>POST /chat</c>: what a chat job takes as its input, and how the job is to be queued.</summary>
public sealed record ChatCall
{
    /// <summary>OpenAI's messages; or leave it out and give <c>user</c>.</summary>
    public JsonElement? Messages { get; init; }

    public string? System { get; init; }
    public string? User { get; init; }

    /// <summary>The model profile.</summary>
    [StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? Model { get; init; }

    /// <value>Default <c>normal</c>.</value>
    public JobPriority? Priority { get; init; }

    /// <value>Default <c>chat</c>.</value>
    [StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? OwnerService { get; init; }

    [StringLength(256), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? OwnerRef { get; init; }

    /// <summary>Every other field goes to the model server as it is: max_tokens, temperature, response_format, tools…</summary>
    // Not init: the generated deserializer would make it a constructor parameter, which extension data may not be.
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Options { get; set; }
}

/// <summary>Result of a chat job, and the answer of <c>POST /chat</c>.</summary>
public sealed record ChatResult
{
    /// <summary>Null where the model answered with tool calls only.</summary>
    public string? Content { get; init; }

    /// <summary>The model that answered, in the server's words.</summary>
    public required string Model { get; init; }

    /// <summary>The server's own usage object; null where it gave none.</summary>
    public JsonElement? Usage { get; init; }

    /// <summary>Milliseconds from the request to the model server to its last byte.</summary>
    public required long DurationMs { get; init; }

    /// <summary><c>stop</c>, <c>length</c>, <c>tool_calls</c> or <c>content_filter</c>.</summary>
    public required string FinishReason { get; init; }

    /// <summary>OpenAI's tool calls; null where there are none.</summary>
    public JsonElement? ToolCalls { get; init; }

    /// <summary>OpenAI's choices, each put together from its parts, where they say more than the fields above: several answers (<c>n</c>),
    /// <c>logprobs</c>, or a refusal. Left out otherwise, and by workers that keep one answer only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Choices { get; init; }

    /// <summary>The model's words where it declined, which are the <c>content</c> too; else left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Refusal { get; init; }

    /// <summary>What the model thought, where the server tells: its first 65,536 characters. No part of the answer; left out where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reasoning { get; init; }

    /// <summary>Name of the provider that answered.</summary>
    public required string Provider { get; init; }

    /// <summary>Attempts of the job up to this answer.</summary>
    public required int Attempts { get; init; }

    /// <summary>The group whose model answered; left out by workers that have no groups.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModelGroup { get; init; }

    /// <summary>Such as <c>quality->fast</c>, where another group than the job's own answered; else left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Fallback { get; init; }

    /// <summary>How often a call to a model went on with the text of one that had broken off; left out where the answer is of one call.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Continued { get; init; }

    /// <summary>What is doubtful about the answer, in words of <see cref="ChatWarnings"/>; left out where nothing is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>Words of <see cref="ChatResult.Warnings"/>.</summary>
public static class ChatWarnings
{
    /// <summary>The server counted far fewer tokens than the messages must have: Ollama cuts a prompt that is longer than its context.</summary>
    public const string PromptMayBeCut = "prompt_may_be_cut";

    /// <summary>Another model than the one asked for answered: LM Studio lets a loaded one answer for one that it does not have.</summary>
    public const string OtherModel = "other_model";
}

/// <summary>Answer of <c>GET /health/provider</c>.</summary>
/// <param name="Provider">The active provider; null while no chat worker is alive.</param>
public sealed record ProviderHealth(string? Provider, string? Model, bool Configured);
