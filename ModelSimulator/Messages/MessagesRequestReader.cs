using System.Text;
using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Chat;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Messages;

/// <summary>Reads an Anthropic request; unlike vLLM it refuses fields it does not know.</summary>
sealed class MessagesRequestReader(ServedModels models, IOptions<SimulatorOptions> options)
{
    const int TokensPerImage = 1500;

    public (MessagesRequest? Request, ApiError? Error) Read(JsonElement root, Personality personality)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return (null, ApiError.BadRequest("Input should be a valid dictionary"));
        var fields = new FieldReader(root);
        MessagesFields.Check(fields, root);
        var name = fields.Text("model");
        if (fields.Error is { } unreadable)
            return (null, unreadable);
        if (models.Find(personality, name, ModelTask.Chat, out var model, out var fault) is { } unknown)
            return (null, unknown);

        var said = "";
        var tokens = SystemTokens(fields);
        foreach (var message in fields.Any("messages")!.Value.EnumerateArray())
        {
            var text = Said(message.GetProperty("content"), ref tokens);
            if (message.GetProperty("role").ValueEquals("user"u8))
                said = text;
        }

        var (tool, toolTokens) = Tools(fields);
        tokens += toolTokens;
        var maxTokens = fields.Whole("max_tokens", 1) ?? 1;
        if (tokens >= options.Value.MaxModelLen)
            fields.Fail(RequestRules.TooLong(personality, options.Value.MaxModelLen, tokens));
        if (fields.Error is { } error)
            return (null, error);

        var (answer, stop) = CutAt(fields, tool?.Arguments ?? AnswerWords.To(said, model, options.Value, seed: null));
        var thinks = tool is null && fields.Any("thinking") is { ValueKind: JsonValueKind.Object } thinking && MessagesFields.Text(thinking, "type") is "enabled" or "adaptive";
        var written = AnswerText.Of(answer);
        if (tool is null && options.Value.AnswerTokens > 0 && stop is null)
            written = written.Lengthen(options.Value.AnswerTokens).Shorten(options.Value.AnswerTokens);
        return (
            new(
                name!,
                model,
                fault,
                thinks ? AnswerText.Join(ChatAnswer.Thought, written) : written,
                tokens,
                Math.Min(maxTokens, options.Value.MaxModelLen - tokens),
                tool?.Name,
                thinks ? ChatAnswer.Thought.Tokens : 0,
                stop,
                fields.Flag("stream")),
            null);
    }

    static int SystemTokens(FieldReader fields) => fields.Any("system") is { } system ? ChatMessages.TokensOf(system.GetRawText()) : 0;

    static string Said(JsonElement content, ref int tokens)
    {
        var text = new StringBuilder();
        if (content.ValueKind == JsonValueKind.String)
        {
            text.Append(content.GetString());
        }
        else
        {
            foreach (var block in content.EnumerateArray())
            {
                text.Append(MessagesFields.Text(block, "text"));
                if (block.GetProperty("type").ValueEquals("image"u8))
                    tokens += TokensPerImage;
                else if (!block.GetProperty("type").ValueEquals("text"u8))
                    tokens += ChatMessages.TokensOf(block.GetRawText());
            }
        }

        tokens += ChatMessages.TokensPerMessage + ChatMessages.TokensOf(text.ToString());
        return text.ToString();
    }

    /// <summary>As with OpenAI's: only a forced choice is a call.</summary>
    static (ToolCall? Call, int Tokens) Tools(FieldReader fields)
    {
        if (fields.Of("tools", JsonValueKind.Array, "list") is not { } tools)
            return (null, 0);
        var choice = fields.Any("tool_choice") is { } given ? MessagesFields.Text(given, "type") : null;
        var wanted = choice == "tool" ? MessagesFields.Text(fields.Any("tool_choice")!.Value, "name") : null;
        ToolCall? call = null;
        foreach (var tool in tools.EnumerateArray())
        {
            if (MessagesFields.Text(tool, "name") is not { } name || !tool.TryGetProperty("input_schema", out var schema))
                fields.Fail("tools.0.custom.input_schema: Field required", null);
            else if (call is null && (choice == "any" || name == wanted))
                call = new ToolCall(name, SchemaExample.Of(schema, "simulated"));
        }

        if (choice is not (null or "auto" or "any" or "tool" or "none"))
            fields.Fail("tool_choice: Input tag does not match any of the expected tags: 'any', 'auto', 'none', 'tool'", null);
        else if (wanted is not null && call is null)
            fields.Fail($"Tool '{wanted}' not found in provided tools", null);
        return (call, ChatMessages.TokensOf(tools.GetRawText()));
    }

    static (string Text, string? Stop) CutAt(FieldReader fields, string text)
    {
        foreach (var stop in fields.Any("stop_sequences") is { ValueKind: JsonValueKind.Array } stops ? stops.EnumerateArray() : default)
        {
            if (stop.GetString() is { Length: > 0 } sequence && text.IndexOf(sequence, StringComparison.Ordinal) is >= 0 and var at)
                return (text[..at], sequence);
        }

        return (text, null);
    }
}
