using AiPlatform.ModelSimulator.Admin;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary><c>POST /v1/chat/completions</c>.</summary>
sealed class ChatEndpoint(ChatRequestReader reader, RequestFaults faults, RequestLog log, ModelLoading loading, InferenceRunner runner)
{
    public const string Path = "/v1/chat/completions";

    public Task HandleAsync(HttpContext context) => log.RecordAsync(context, (http, record) => runner.AnswerAsync(http, record, ReadAsync));

    async Task<(Inference? Inference, ApiError? Error)> ReadAsync(HttpContext context, RequestRecord record)
    {
        if (Personality.Of(context).Kind == ServerKind.Anthropic)
            return (null, ApiError.NotFound("Not Found"));
        var (document, bytes, unreadable) = await RequestBody.ReadJsonAsync(context.Request, context.RequestAborted);
        if (document is null)
            return (null, unreadable);
        using var body = document;
        record.Body = bytes;
        var (request, invalid) = reader.Read(body.RootElement, Personality.Of(context));
        if (request is null)
            return (null, invalid);
        record.Model = request.ModelName;
        record.Stream = request.Stream is not null;
        var (picked, mistake) = faults.Pick(context, request.Model, request.ModelName, request.FaultInName);
        if (mistake is not null)
            return (null, mistake);
        var fault = picked ?? request.Heard?.Fault;
        record.Fault = fault is null ? null : FaultText.Name(fault.Kind);
        var format = new ChatFormat(request, record.Id, record.ReceivedAt.ToUnixTimeSeconds());
        AnswerText[] texts = [.. request.Choices.Select(choice => choice.Text)];
        var stream = request.Stream is null ? null : format;
        return (new Inference(request.Model, texts, request.HeldTokens, request.MaxTokens, format, stream, fault)
        {
            Priority = request.Priority,
            Prompts = request.PromptBlocks is { } blocks ? [.. texts.Select(_ => new Prompt(request.HeldTokens, blocks))] : null,
            Loading = loading.Wait(request.Personality, request.Model)
        }, null);
    }
}
