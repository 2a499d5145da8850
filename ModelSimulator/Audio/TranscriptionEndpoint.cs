using AiPlatform.ModelSimulator.Admin;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;
using Microsoft.AspNetCore.Http.Features;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary><c>POST /v1/audio/transcriptions</c>.</summary>
sealed class TranscriptionEndpoint(TranscriptionForm reader, RequestFaults faults, RequestLog log, InferenceRunner runner)
{
    public const string Path = "/v1/audio/transcriptions";

    // Files a little over the limit get the model server's own answer, not the web server's 413.
    static readonly FormOptions Limits = new()
    {
        MultipartBodyLengthLimit = SimulatorApp.MaxRequestBytes,
        MemoryBufferThreshold = 4 * 1024 * 1024
    };

    public Task HandleAsync(HttpContext context) => log.RecordAsync(context, AnswerAsync);

    async Task AnswerAsync(HttpContext context, RequestRecord record)
    {
        var (inference, error) = await ReadAsync(context, record);
        if (inference is null)
            await ApiErrors.WriteAsync(context, error!, context.RequestAborted);
        else
            await runner.RunAsync(context, record, inference);
    }

    async Task<(Inference? Inference, ApiError? Error)> ReadAsync(HttpContext context, RequestRecord record)
    {
        if (!context.Request.HasFormContentType)
            return (null, ApiError.BadRequest("Field required", "file"));
        var (form, unreadable) = await ReadFormAsync(context);
        if (form is null)
            return (null, unreadable);
        record.Form = form.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal);
        var (request, invalid) = await reader.ReadAsync(form, Personality.Of(context), context.RequestAborted);
        if (request is null)
            return (null, invalid);
        record.Model = request.ModelName;
        record.Stream = request.Stream;
        var (fault, mistake) = faults.Pick(context, request.Model, request.ModelName, request.FaultInName);
        if (mistake is not null)
            return (null, mistake);
        record.Fault = fault is null ? null : FaultText.Name(fault.Kind);
        var format = new TranscriptionFormat(request, record.Id, record.ReceivedAt.ToUnixTimeSeconds());
        var text = AnswerText.Of(request.Text);
        return (new Inference(request.Model, [text], request.Audio.PromptTokens, request.MaxTokens, format, request.Stream ? format : null, fault), null);
    }

    static async Task<(IFormCollection? Form, ApiError? Error)> ReadFormAsync(HttpContext context)
    {
        try
        {
            return (await context.Request.ReadFormAsync(Limits, context.RequestAborted), null);
        }
        catch (InvalidDataException malformed)
        {
            return (null, ApiError.BadRequest("There was an error parsing the body: " + malformed.Message));
        }
        catch (BadHttpRequestException refused)
        {
            return (null, ApiError.Of(refused.StatusCode, refused.Message));
        }
    }
}
