using AiPlatform.ModelSimulator.Admin;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Messages;

/// <summary>Anthropic's <c>POST /v1/messages</c>; no other server has it here.</summary>
sealed class MessagesEndpoint(MessagesRequestReader reader, RequestFaults faults, RequestLog log, InferenceRunner runner)
{
    public const string Path = "/v1/messages";

    public Task HandleAsync(HttpContext context) => log.RecordAsync(context, (http, record) => runner.AnswerAsync(http, record, ReadAsync));

    async Task<(Inference? Inference, ApiError? Error)> ReadAsync(HttpContext context, RequestRecord record)
    {
        if (Personality.Of(context).Kind != ServerKind.Anthropic)
            return (null, ApiError.NotFound("Not Found"));
        if (context.Request.Headers["anthropic-version"].Count == 0)
            return (null, ApiError.BadRequest("anthropic-version: header is required"));
        if (context.Request.Headers["x-api-key"].Count == 0 && context.Request.Headers.Authorization.Count == 0)
            return (null, ApiError.Of(StatusCodes.Status401Unauthorized, "x-api-key header is required"));
        var (document, bytes, unreadable) = await RequestBody.ReadJsonAsync(context.Request, context.RequestAborted);
        if (document is null)
            return (null, unreadable);
        using var body = document;
        record.Body = bytes;
        var (request, invalid) = reader.Read(body.RootElement, Personality.Of(context));
        if (request is null)
            return (null, invalid);
        record.Model = request.ModelName;
        record.Stream = request.Stream;
        var (fault, mistake) = faults.Pick(context, request.Model, request.ModelName, request.FaultInName);
        if (mistake is not null)
            return (null, mistake);
        record.Fault = fault is null ? null : FaultText.Name(fault.Kind);
        var format = new MessagesFormat(request, record.Id);
        return (new Inference(request.Model, [request.Text], request.PromptTokens, request.MaxTokens, format, request.Stream ? format : null, fault), null);
    }
}
