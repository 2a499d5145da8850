using System.Text.Json;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;

namespace AiPlatform.Api.OpenAi;

/// <summary>Makes the input of an embedding job of a call in OpenAI's form: all of its body but <c>model</c> and <c>encoding_format</c>, as it came.</summary>
static class EmbeddingInput
{
    const string Base64 = "base64";
    static readonly string[] Formats = ["float", Base64];

    /// <param name="metadata">What of it is the model server's.</param>
    public static JsonElement From(EmbeddingCall call, JsonElement? metadata, InputErrors errors)
    {
        EmbeddingInputs.Count(call.Input!.Value, out var field, out var fault);
        if (fault is not null)
            errors.Add(field, fault);
        if (call.EncodingFormat is { } format && !Formats.Contains(format))
            errors.Add("encoding_format", $"{Shown.Before($"'{format}'")}is not allowed; {Shown.Allowed(Formats)}");
        if (errors.Any)
            return default;
        Dictionary<string, JsonElement> input = new(call.Options ?? []) { ["input"] = call.Input.Value };
        if (call.Dimensions is { } dimensions)
            input["dimensions"] = JsonSerializer.SerializeToElement(dimensions, OpenAiJson.Types.Int32);
        if (metadata is { } rest)
            input["metadata"] = rest;
        return JsonSerializer.SerializeToElement(input, OpenAiJson.Types.DictionaryStringJsonElement);
    }

    public static bool IsBase64(EmbeddingCall call) => call.EncodingFormat == Base64;
}
