using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Chat;
using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Responses;

/// <summary>Reads a request for a response to text. What would need a memory of earlier responses, or tools of the server, is refused.</summary>
sealed class ResponseRequestReader(ServedModels models, IOptions<SimulatorOptions> options)
{
    const int OpenAiLeastTokens = 16;

    static readonly (string Name, string Default)[] Echoed =
    [
        ("background", "false"), ("instructions", "null"), ("max_output_tokens", "null"), ("max_tool_calls", "null"), ("metadata", "{}"),
        ("parallel_tool_calls", "true"), ("previous_response_id", "null"), ("reasoning", "{\"effort\":null,\"summary\":null}"),
        ("service_tier", "\"auto\""), ("store", "true"), ("temperature", "1.0"), ("text", "{\"format\":{\"type\":\"text\"}}"), ("tool_choice", "\"auto\""),
        ("tools", "[]"), ("top_logprobs", "0"), ("top_p", "1.0"), ("truncation", "\"disabled\""), ("user", "null")
    ];

    public (ResponseRequest? Request, ApiError? Error) Read(JsonElement root, Personality personality)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return (null, ApiError.BadRequest("Input should be a valid dictionary or object to extract fields from"));
        var fields = new FieldReader(root);
        var name = fields.Text("model");
        if ((fields.Error ?? RequestRules.Check(personality, root, OpenAiFields.Response)) is { } unreadable)
            return (null, unreadable);
        if (models.Find(personality, name, ModelTask.Chat, out var model, out var fault) is { } unknown)
            return (null, unknown);

        RefuseWhatNeedsMore(fields, personality);
        SamplingFields.Check(fields);
        var input = ResponseInput.Read(fields, model);
        var priority = SamplingFields.Priority(fields, options.Value);
        var maxTokens = MaxTokens(fields, personality, input.Tokens);
        var sentence = AnswerWords.To(input.LastUserText, model, options.Value, seed: null);
        var json = Format(fields, sentence);
        if (fields.Error is { } error)
            return (null, error);
        var choice = new ChatAnswer(json ?? sentence, null, 0, json is null, "").Words(fields, 1, maxTokens, options.Value.AnswerTokens).Single();
        var blocks = options.Value.PrefixCache ? PromptBlocks.OfText(input.Text, model.Name) : [];
        var echo = new ResponseEcho([.. Echoed.Select(field => (field.Name, fields.Any(field.Name)?.GetRawText() ?? field.Default))]);
        return (new(personality, name ?? model.Name, model, fault, new Prompt(input.Tokens, blocks), choice, maxTokens, priority, fields.Flag("stream"), echo), fields.Error);
    }

    static void RefuseWhatNeedsMore(FieldReader fields, Personality personality)
    {
        if (fields.Text("previous_response_id") is { } earlier)
        {
            fields.Fail(personality.Kind == ServerKind.OpenAi
                ? ApiError.BadRequest($"Previous response with id '{earlier}' not found.", "previous_response_id") with { CodeName = "previous_response_not_found" }
                : ApiError.NotFound($"Response with id '{earlier}' not found.", "previous_response_id"));
        }

        if (fields.Flag("background"))
            fields.Fail("background is not simulated: a response is answered to its request.", "background");
        if (fields.Any("tool_choice") is { } choice && !(choice.ValueKind == JsonValueKind.String && choice.GetString() is "auto" or "none"))
            fields.Fail("tool_choice should be 'auto' or 'none': responses with calls are not simulated.", "tool_choice");
    }

    static string? Format(FieldReader fields, string sentence)
    {
        if (fields.Of("text", JsonValueKind.Object, "object") is not { } text || !text.TryGetProperty("format", out var format))
            return null;
        var type = format.ValueKind == JsonValueKind.Object && format.TryGetProperty("type", out var given) ? given : default;
        switch (type.ValueKind == JsonValueKind.String ? type.GetString() : null)
        {
            case "text":
                return null;
            case "json_object":
                return SchemaExample.Object(sentence);
            case "json_schema" when format.TryGetProperty("schema", out var schema):
                return SchemaExample.Of(schema, sentence);
            default:
                fields.Fail("text.format.type should be 'text', 'json_object' or 'json_schema' with a schema", "text.format");
                return null;
        }
    }

    int MaxTokens(FieldReader fields, Personality personality, int promptTokens)
    {
        var longest = options.Value.MaxModelLen;
        var asked = fields.Whole("max_output_tokens", personality.Kind == ServerKind.OpenAi ? OpenAiLeastTokens : 1);
        if (promptTokens >= longest)
            fields.Fail(RequestRules.TooLong(personality, longest, promptTokens));
        return Math.Min(asked ?? int.MaxValue, longest - promptTokens);
    }
}
