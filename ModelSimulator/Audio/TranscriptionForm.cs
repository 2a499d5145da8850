using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>Reads a transcription's form as the server it stands in for does; prompt, hotwords and unknown fields are accepted and without effect.</summary>
sealed class TranscriptionForm(ServedModels models, TranscriptBook transcripts, IOptions<SimulatorOptions> options)
{
    // Files a little over the limit get the model server's own answer, not the web server's 413.
    static readonly FormOptions Limits = new()
    {
        MultipartBodyLengthLimit = SimulatorApp.MaxRequestBytes,
        MemoryBufferThreshold = 4 * 1024 * 1024
    };

    public static async Task<(AudioFields? Fields, ApiError? Error)> FieldsAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
            return (null, ApiError.BadRequest("Field required", "file"));
        try
        {
            return (new AudioFields(await context.Request.ReadFormAsync(Limits, context.RequestAborted), context.Request.Query), null);
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

    public async Task<(TranscriptionRequest? Request, ApiError? Error)> ReadAsync(AudioFields fields, Personality personality, CancellationToken cancellationToken)
    {
        var kind = personality.Kind;
        var name = fields.Text("model");
        if ((models.Find(personality, name, ModelTask.Transcription, out var model, out var fault)
            ?? TranscriptionRules.CheckFields(kind, name ?? model.Name, fields)) is { } invalid)
        {
            return (null, invalid);
        }

        if (fields.File(kind == ServerKind.WhisperAsr ? "audio_file" : "file") is not { } file)
            return (null, ApiError.BadRequest("Field required", "file"));
        if (TranscriptionRules.CheckFile(kind, file) is { } tooLarge)
            return (null, tooLarge);
        var bytes = new byte[file.Length];
        await using (var content = file.OpenReadStream())
            await content.ReadExactlyAsync(bytes, cancellationToken);
        if (!WavAudio.TryRead(bytes, out var audio))
            return (null, TranscriptionRules.Undecodable(kind));
        return TranscriptionRules.CheckAudio(kind, audio) is { } tooLong
            ? (null, tooLong)
            : (Request(fields, kind, name ?? model.Name, model, fault, audio, transcripts.Hear(audio, bytes)), null);
    }

    TranscriptionRequest Request(AudioFields fields, ServerKind kind, string name, ServedModel model, string? fault, WavAudio audio, Heard heard)
    {
        var format = fields.Text(kind == ServerKind.WhisperAsr ? "output" : "response_format") ?? (kind == ServerKind.WhisperAsr ? "txt" : "json");
        var stream = fields.Flag("stream") && format != "verbose_json"
            && kind is not (ServerKind.Mistral or ServerKind.WhisperX or ServerKind.WhisperXTasks or ServerKind.WhisperAsr);
        var includeUsage = stream && fields.Flag("stream_include_usage");
        return new TranscriptionRequest(
            kind,
            name,
            model,
            fault,
            audio,
            heard,
            heard.Language ?? fields.Text("language") ?? "en",
            format,
            WithTimes: kind == ServerKind.Mistral ? fields.Has("timestamp_granularities", "segment") : format is "verbose_json",
            WithSpeakers: fields.Flag("diarize"),
            fields.Whole("max_completion_tokens") ?? options.Value.MaxModelLen - audio.PromptTokens,
            stream,
            includeUsage,
            includeUsage && fields.Flag("stream_continuous_usage_stats"));
    }
}
