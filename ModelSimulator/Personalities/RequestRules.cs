using System.Text.Json;
using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Personalities;

/// <summary>What a server refuses that vLLM takes.</summary>
static class RequestRules
{
    /// <param name="fields">Those of the route, where a server refuses others.</param>
    public static ApiError? Check(Personality personality, JsonElement root, IReadOnlySet<string> fields) => personality.Kind switch
    {
        ServerKind.OpenAi => OpenAi(root, fields),
        ServerKind.LmStudio => LmStudio(root),
        _ => null
    };

    public static ApiError TooLong(Personality personality, int longest, int tokens) => personality.Kind switch
    {
        ServerKind.OpenAi => ApiError.BadRequest(
            $"This model's maximum context length is {longest} tokens. However, your messages resulted in {tokens} tokens. Please reduce the length of the messages.",
            "messages") with
        {
            CodeName = "context_length_exceeded"
        },
        ServerKind.LmStudio => ApiError.BadRequest(
            "The number of tokens to keep from the initial prompt is greater than the context length. "
            + "Try to load the model with a larger context length, or provide a shorter input"),
        ServerKind.Anthropic => ApiError.BadRequest($"prompt is too long: {tokens} tokens > {longest} maximum"),
        _ => ApiError.BadRequest(
            $"This model's maximum context length is {longest} tokens. However, your request has {tokens} input tokens. "
            + "Please reduce the length of the input messages.",
            "messages")
    };

    public static ApiError UnknownModel(Personality personality, string name) => personality.Kind switch
    {
        ServerKind.OpenAi => ApiError.NotFound($"The model `{name}` does not exist or you do not have access to it.") with { CodeName = "model_not_found" },
        ServerKind.Ollama => ApiError.NotFound($"model '{name}' not found"),
        ServerKind.Anthropic => ApiError.NotFound($"model: {name}"),
        _ => ApiError.NotFound($"The model `{name}` does not exist.", "model")
    };

    static ApiError? OpenAi(JsonElement root, IReadOnlySet<string> fields)
    {
        foreach (var field in root.EnumerateObject())
        {
            if (!fields.Contains(field.Name))
                return ApiError.BadRequest($"Unknown parameter: '{field.Name}'.", field.Name) with { CodeName = "unknown_parameter" };
        }

        return root.TryGetProperty("model", out _) ? null : ApiError.BadRequest("you must provide a model parameter");
    }

    static ApiError? LmStudio(JsonElement root)
    {
        if (root.TryGetProperty("response_format", out var format) && format.ValueKind == JsonValueKind.Object
            && format.TryGetProperty("type", out var type) && type.ValueEquals("json_object"u8))
        {
            return ApiError.BadRequest("'response_format.type' must be 'json_schema' or 'text'");
        }

        return root.TryGetProperty("tool_choice", out var choice) && choice.ValueKind == JsonValueKind.Object
            ? ApiError.BadRequest("Invalid tool_choice type: 'object'. Supported string values: none, auto, required")
            : null;
    }
}
