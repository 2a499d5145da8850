using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiPlatform.Contracts;

/// <summary>Body of <c>POST /v1/embeddings</c>: OpenAI's. The fields named here are read; every other one goes to the model server as it is.</summary>
public sealed record EmbeddingCall
{
    /// <summary>The model profile.</summary>
    [Required, StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? Model { get; init; }

    /// <summary>A text, the token ids of one, or an array of up to 2,048 of either.</summary>
    [Required]
    public JsonElement? Input { get; init; }

    /// <summary><c>float</c> or <c>base64</c>: little-endian floats of 32 bits.</summary>
    /// <value>Default <c>float</c>.</value>
    public string? EncodingFormat { get; init; }

    /// <summary>Numbers in each embedding, where the model can give fewer than it has.</summary>
    [Range(1, 65_536)]
    public int? Dimensions { get; init; }

    /// <summary>Words of the caller. Entries whose names begin with <c>aiplatform_</c> say how the call is to be queued, as headers do; the others go to the
    /// model server.</summary>
    public JsonElement? Metadata { get; init; }

    /// <summary>Every other field: user…</summary>
    // Not init: the generated deserializer would make it a constructor parameter, which extension data may not be.
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Options { get; set; }
}

/// <summary>Result of an <c>embedding</c> job.</summary>
public sealed record EmbeddingResult
{
    /// <summary>One for each input, in their order: base64 of little-endian floats of 32 bits.</summary>
    public required IReadOnlyList<string> Embeddings { get; init; }

    /// <summary>Numbers in each of them.</summary>
    public required int Dimensions { get; init; }

    /// <summary>The model that answered, in the server's words.</summary>
    public required string Model { get; init; }

    /// <summary>The server's own usage object; null where it gave none.</summary>
    public JsonElement? Usage { get; init; }

    /// <summary>Milliseconds from the request to the model server to its last byte.</summary>
    public required long DurationMs { get; init; }

    /// <summary>Name of the provider that answered.</summary>
    public required string Provider { get; init; }

    /// <summary>Attempts of the job up to this answer.</summary>
    public required int Attempts { get; init; }

    /// <summary>The group whose model answered; left out by workers that have no groups.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModelGroup { get; init; }
}

/// <summary>What may be embedded: a text, the token ids of one, or an array of either.</summary>
public static class EmbeddingInputs
{
    public const int Most = 2048;

    const string Allowed = "must be a string, an array of strings, an array of token ids, or an array of such arrays";

    /// <param name="fault">What is wrong with it, as the end of a sentence that begins with <paramref name="field"/>; null where nothing is.</param>
    /// <param name="field">Such as <c>input</c> or <c>input[2]</c>.</param>
    /// <returns>How many embeddings it asks for.</returns>
    public static int Count(JsonElement input, out string field, out string? fault)
    {
        (field, fault) = ("input", null);
        if (input.ValueKind != JsonValueKind.Array)
        {
            fault = input.ValueKind != JsonValueKind.String ? $"{Allowed}." : IsEmpty(input) ? "must not be empty." : null;
            return 1;
        }
        var count = input.GetArrayLength();
        if (count == 0 || IsToken(input[0]))
        {
            fault = count == 0 ? "must not be empty." : input.EnumerateArray().All(IsToken) ? null : $"{Allowed}, and not a mixture.";
            return 1;
        }
        if (count > Most)
        {
            fault = $"must have at most {Most} entries, not {count}.";
            return count;
        }
        var kind = input[0].ValueKind;
        foreach (var (place, one) in input.EnumerateArray().Index())
        {
            if (FaultOf(one, kind) is { } wrong)
            {
                (field, fault) = ($"input[{place}]", wrong);
                return count;
            }
        }
        return count;
    }

    static string? FaultOf(JsonElement one, JsonValueKind kind) => one.ValueKind switch
    {
        JsonValueKind.String or JsonValueKind.Array when IsEmpty(one) => "must not be empty.",
        JsonValueKind.String when kind == JsonValueKind.String => null,
        JsonValueKind.Array when kind == JsonValueKind.Array => one.EnumerateArray().All(IsToken) ? null : "must be an array of token ids.",
        _ when kind == JsonValueKind.String => "must be a string, as the first entry is.",
        _ when kind == JsonValueKind.Array => "must be an array of token ids, as the first entry is.",
        _ => "must be a string, a token id or an array of token ids.",
    };

    static bool IsEmpty(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.ValueEquals("") : value.GetArrayLength() == 0;

    static bool IsToken(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var id) && id >= 0;
}
