using AiPlatform.ModelSimulator.Admin;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Completions;

/// <summary><c>POST /v1/completions</c> of vLLM and OpenAI.</summary>
sealed class CompletionEndpoint(CompletionRequestReader reader, RequestFaults faults, RequestLog log, InferenceRunner runner)
{
    public const string Path = "/v1/completions";

    public Task HandleAsync(HttpContext context) => log.RecordAsync(context, (http, record) => runner.AnswerAsync(http, record, ReadAsync));

    async Task<(Inference? Inference, ApiError? Error)> ReadAsync(HttpContext context, RequestRecord record)
    {
        if (Personality.Of(context).Kind is not (ServerKind.Vllm or ServerKind.OpenAi))
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
        var (fault, mistake) = faults.Pick(context, request.Model, request.ModelName, request.FaultInName);
        if (mistake is not null)
            return (null, mistake);
        record.Fault = fault is null ? null : FaultText.Name(fault.Kind);
        var format = new CompletionFormat(request, record.Id, record.ReceivedAt.ToUnixTimeSeconds());
        AnswerText[] texts = [.. request.Choices.Select(choice => choice.Text)];
        return (new Inference(request.Model, texts, request.PromptTokens, request.MaxTokens, format, request.Stream is null ? null : format, fault)
        {
            Prompts = request.Prompts,
            AnswersOfPrompt = request.AnswersOfPrompt,
            Priority = request.Priority
        }, null);
    }
}
