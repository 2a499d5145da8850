using System.Text.Json;
using AiPlatform.ModelSimulator.Http;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>Reads a chat request as vLLM does: unknown fields are let through, wrong ones are answered 400.</summary>
sealed class ChatRequestReader(ServedModels models, IOptions<SimulatorOptions> options)
{
    public (ChatRequest? Request, ApiError? Error) Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return (null, ApiError.BadRequest("Input should be a valid dictionary or object to extract fields from"));
        var fields = new FieldReader(root);
        var name = fields.Text("model");
        if (fields.Error is { } unreadable)
            return (null, unreadable);
        if (models.Find(name, transcribes: false, out var model, out var fault) is { } unknown)
            return (null, unknown);

        var prompt = ChatMessages.Read(fields, model);
        CheckSampling(fields);
        var (stream, includeUsage, continuousUsage) = ReadStream(fields);
        var answer = ChatAnswer.Read(fields, prompt, options.Value.AnswerTokens);
        var promptTokens = prompt.Tokens + answer.PromptTokens;
        var maxTokens = MaxTokens(fields, promptTokens);
        if (fields.Error is { } error)
            return (null, error);

        var (text, stop) = answer.Finish(fields, maxTokens);
        if (fields.Error is { } late)
            return (null, late);
        var modelName = name ?? model.Name;
        return (new(modelName, model, fault, text, promptTokens, maxTokens, answer.ToolName, stop, stream, includeUsage, continuousUsage), null);
    }

    static void CheckSampling(FieldReader fields)
    {
        fields.Number("temperature", value => value >= 0, "non-negative");
        fields.Number("top_p", value => value is > 0 and <= 1, "in (0, 1]");
        fields.Number("presence_penalty", value => value is >= -2 and <= 2, "in [-2, 2]");
        fields.Number("frequency_penalty", value => value is >= -2 and <= 2, "in [-2, 2]");
        if (fields.Whole("n", 1) > 1)
            fields.Fail("n must be 1: this simulated server gives one choice.", "n");
        if (fields.Whole("priority", int.MinValue) is { } priority and not 0)
            fields.Fail($"Got priority {priority} but Priority scheduling is not enabled.", "priority");
    }

    static (bool Stream, bool IncludeUsage, bool ContinuousUsage) ReadStream(FieldReader fields)
    {
        var stream = fields.Flag("stream");
        if (fields.Of("stream_options", JsonValueKind.Object, "object") is not { } given)
            return (stream, false, false);
        if (!stream)
            fields.Fail("Stream options can only be defined when `stream=True`.", "stream_options");
        var options = new FieldReader(given);
        var includeUsage = options.Flag("include_usage");
        var continuousUsage = options.Flag("continuous_usage_stats");
        if (options.Error is { } error)
            fields.Fail(error.Message, "stream_options." + error.Param);
        return (stream, includeUsage, includeUsage && continuousUsage);
    }

    int MaxTokens(FieldReader fields, int promptTokens)
    {
        var longest = options.Value.MaxModelLen;
        var asked = fields.Whole("max_completion_tokens", 1) ?? fields.Whole("max_tokens", 1);
        if (promptTokens >= longest)
        {
            fields.Fail(
                $"This model's maximum context length is {longest} tokens. However, your request has {promptTokens} input tokens. "
                + "Please reduce the length of the input messages.",
                "messages");
        }
        else if (asked > longest - promptTokens)
        {
            fields.Fail(
                $"'max_tokens' or 'max_completion_tokens' is too large: {asked}. This model's maximum context length is {longest} tokens "
                + $"and your request has {promptTokens} input tokens ({asked} > {longest} - {promptTokens}).",
                "max_tokens");
        }

        return asked ?? longest - promptTokens;
    }
}
