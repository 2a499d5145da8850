using AiPlatform.ModelSimulator.Admin;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary><c>POST /v1/audio/transcriptions</c>, and the routes that WhisperX's other servers have in its place.</summary>
sealed class TranscriptionEndpoint(TranscriptionForm reader, RequestFaults faults, RequestLog log, InferenceRunner runner, TranscriptionTasks tasks)
{
    public const string Path = "/v1/audio/transcriptions";
    public const string TaskPath = "/speech-to-text";
    public const string AsrPath = "/asr";

    public void Map(WebApplication app)
    {
        app.MapPost(Path, context => HandleAsync(
            context, kind => kind is not (ServerKind.WhisperXTasks or ServerKind.WhisperAsr), runner.RunAsync));
        app.MapPost(AsrPath, context => HandleAsync(context, kind => kind == ServerKind.WhisperAsr, runner.RunAsync));
        app.MapPost(TaskPath, context => HandleAsync(context, kind => kind == ServerKind.WhisperXTasks, tasks.StartAsync));
        app.MapGet("/task/{id}", (HttpContext context, string id) => tasks.TellAsync(context, id));
    }

    async Task HandleAsync(HttpContext context, Func<ServerKind, bool> hasRoute, Func<HttpContext, RequestRecord, Inference, Task> run)
    {
        if (hasRoute(Personality.Of(context).Kind))
            await log.RecordAsync(context, (_, record) => AnswerAsync(context, record, run));
        else
            context.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    async Task AnswerAsync(HttpContext context, RequestRecord record, Func<HttpContext, RequestRecord, Inference, Task> run)
    {
        var (inference, error) = await ReadAsync(context, record);
        if (inference is null)
            await ApiErrors.WriteAsync(context, error!, context.RequestAborted);
        else
            await run(context, record, inference);
    }

    async Task<(Inference? Inference, ApiError? Error)> ReadAsync(HttpContext context, RequestRecord record)
    {
        var (fields, unreadable) = await TranscriptionForm.FieldsAsync(context);
        if (fields is null)
            return (null, unreadable);
        record.Form = fields.ToDictionary();
        var (request, invalid) = await reader.ReadAsync(fields, Personality.Of(context), context.RequestAborted);
        if (request is null)
            return (null, invalid);
        record.Model = request.ModelName;
        record.Stream = request.Stream;
        var (picked, mistake) = faults.Pick(context, request.Model, request.ModelName, request.FaultInName);
        if (mistake is not null)
            return (null, mistake);
        var fault = picked ?? request.Heard.Fault;
        record.Fault = fault is null ? null : FaultText.Name(fault.Kind);
        var format = Format(request, fields, record);
        return (new Inference(
            request.Model,
            [AnswerText.Of(request.Heard.Text)],
            request.Audio.PromptTokens,
            request.MaxTokens,
            format,
            request.Stream ? (IStreamFormat)format : null,
            fault), null);
    }

    static IAnswerFormat Format(TranscriptionRequest request, AudioFields fields, RequestRecord record) => request.Kind switch
    {
        ServerKind.Mistral => new MistralFormat(request),
        ServerKind.WhisperX when !request.WithTimes => new TranscriptionFormat(request, record.Id, record.ReceivedAt.ToUnixTimeSeconds()),
        ServerKind.WhisperX or ServerKind.WhisperXTasks or ServerKind.WhisperAsr =>
            new WhisperXFormat(request, isAligned: fields.Flag("align") || request.WithSpeakers),
        _ when request.WithTimes => new VerboseFormat(request),
        ServerKind.OpenAi => new OpenAiEvents(request),
        _ => new TranscriptionFormat(request, record.Id, record.ReceivedAt.ToUnixTimeSeconds())
    };
}
