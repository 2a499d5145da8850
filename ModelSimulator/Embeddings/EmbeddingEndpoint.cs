using AiPlatform.ModelSimulator.Admin;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Embeddings;

/// <summary><c>POST /v1/embeddings</c>.</summary>
sealed class EmbeddingEndpoint(EmbeddingRequestReader reader, RequestFaults faults, RequestLog log, InferenceRunner runner)
{
    public const string Path = "/v1/embeddings";

    // The engine reads the inputs and generates nothing.
    const int NoTokens = 0;

    public Task HandleAsync(HttpContext context) => log.RecordAsync(context, (http, record) => runner.AnswerAsync(http, record, ReadAsync));

    async Task<(Inference? Inference, ApiError? Error)> ReadAsync(HttpContext context, RequestRecord record)
    {
        var (document, bytes, unreadable) = await RequestBody.ReadJsonAsync(context.Request, context.RequestAborted);
        if (document is null)
            return (null, unreadable);
        using var body = document;
        record.Body = bytes;
        var (request, invalid) = reader.Read(body.RootElement, Personality.Of(context));
        if (request is null)
            return (null, invalid);
        record.Model = request.ModelName;
        var (fault, mistake) = faults.Pick(context, request.Model, request.ModelName, request.FaultInName);
        if (mistake is not null)
            return (null, mistake);
        record.Fault = fault is null ? null : FaultText.Name(fault.Kind);
        var format = new EmbeddingFormat(request, record.Id, record.ReceivedAt.ToUnixTimeSeconds());
        return (new Inference(request.Model, [AnswerText.None], request.PromptTokens, NoTokens, format, stream: null, fault), null);
    }
}
