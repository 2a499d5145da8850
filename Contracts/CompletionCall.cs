using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiPlatform.Contracts;

/// <summary>Body of <c>POST /v1/chat/completions</c>: OpenAI's. The fields named here are read; every other one goes to the model server as it is.</summary>
public sealed record CompletionCall
{
    /// <summary>The model profile.</summary>
    [Required, StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? Model { get; init; }

    [Required]
    public JsonElement? Messages { get; init; }

    /// <value>Default false: the answer comes in one piece.</value>
    public bool? Stream { get; init; }

    public CompletionStreamOptions? StreamOptions { get; init; }

    /// <summary>Words of the caller. Entries whose names begin with <c>aiplatform_</c> say how the call is to be queued, as headers do; the others go to the
    /// model server.</summary>
    public JsonElement? Metadata { get; init; }

    /// <summary>Every other field: max_tokens, temperature, response_format, tools…</summary>
    // Not init: the generated deserializer would make it a constructor parameter, which extension data may not be.
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Options { get; set; }
}

/// <summary>What a streamed completion is to hold; what is not named here goes to the model server.</summary>
public sealed record CompletionStreamOptions
{
    /// <summary>Whether a last chunk tells the tokens used.</summary>
    /// <value>Default false.</value>
    public bool? IncludeUsage { get; init; }

    // Not init, as above.
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Options { get; set; }
}
