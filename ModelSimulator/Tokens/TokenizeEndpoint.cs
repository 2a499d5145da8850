using System.Text;
using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Chat;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Tokens;

/// <summary><c>POST /tokenize</c>: the count is the one that usage will show; the ids are made up, the same for the same text.</summary>
sealed class TokenizeEndpoint(ServedModels models, IOptions<SimulatorOptions> options)
{
    public const string Path = "/tokenize";

    // As many as Qwen's vocabulary has.
    const uint Vocabulary = 151_936;

    public async Task HandleAsync(HttpContext context)
    {
        var (document, _, unreadable) = await RequestBody.ReadJsonAsync(context.Request, context.RequestAborted);
        if (document is null)
        {
            await ApiErrors.WriteAsync(context, unreadable!, context.RequestAborted);
            return;
        }

        using var body = document;
        var (text, count, invalid) = Read(body.RootElement, Personality.Of(context));
        if (invalid is not null)
        {
            await ApiErrors.WriteAsync(context, invalid, context.RequestAborted);
            return;
        }

        context.Response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonText.Options))
            Write(json, text, count);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    (string Text, int Count, ApiError? Error) Read(JsonElement root, Personality personality)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return ("", 0, ApiError.BadRequest("Input should be a valid dictionary or object to extract fields from"));
        var fields = new FieldReader(root);
        var name = fields.Text("model");
        if (fields.Error is { } unreadable)
            return ("", 0, unreadable);
        if (models.Find(personality, name, task: null, out var model, out _) is { } unknown)
            return ("", 0, unknown);
        if (fields.Any("messages") is { } messages)
        {
            var tokens = ChatMessages.Read(fields, model, personality).Tokens + ChatTools.Read(fields).PromptTokens;
            return (messages.GetRawText(), tokens, fields.Error);
        }

        var prompt = fields.Text("prompt");
        if (prompt is null)
            fields.Fail("Field required", "prompt");
        return (prompt ?? "", ChatMessages.TokensOf(prompt ?? ""), fields.Error);
    }

    void Write(Utf8JsonWriter json, string text, int count)
    {
        json.WriteStartObject();
        json.WriteNumber("count", count);
        json.WriteNumber("max_model_len", options.Value.MaxModelLen);
        json.WriteStartArray("tokens");
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var token = 0; token < count; token++)
            json.WriteNumberValue(Id(bytes, token));
        json.WriteEndArray();
        json.WriteNull("token_strs");
        json.WriteEndObject();
    }

    /// <summary>From the four bytes that count as this token; one beyond the text stands for what a chat template adds.</summary>
    static uint Id(byte[] bytes, int token)
    {
        var id = 2_166_136_261;
        for (var at = token * ChatMessages.BytesPerToken; at < Math.Min(bytes.Length, (token + 1) * ChatMessages.BytesPerToken); at++)
            id = (id ^ bytes[at]) * 16_777_619;
        return id % Vocabulary;
    }
}
