using AiPlatform.ModelSimulator.Admin;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Responses;

/// <summary><c>POST /v1/responses</c> of vLLM and OpenAI.</summary>
sealed class ResponseEndpoint(ResponseRequestReader reader, RequestFaults faults, RequestLog log, InferenceRunner runner)
{
    public const string Path = "/v1/responses";

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
        if (invalid is not null)
            return (null, invalid);
        record.Model = request!.ModelName;
        record.Stream = request.Stream;
        var (fault, mistake) = faults.Pick(context, request.Model, request.ModelName, request.FaultInName);
        if (mistake is not null)
            return (null, mistake);
        record.Fault = fault is null ? null : FaultText.Name(fault.Kind);
        var format = new ResponseFormat(request, record.Id, record.ReceivedAt.ToUnixTimeSeconds());
        return (new Inference(request.Model, [request.Choice.Text], request.Prompt.Tokens, request.MaxTokens, format, request.Stream ? format : null, fault)
        {
            Prompts = [request.Prompt],
            Priority = request.Priority
        }, null);
    }
}
