using System.Text.Json;
using AiPlatform.Api.Endpoints;
using AiPlatform.Contracts;

namespace AiPlatform.Api.OpenAi.Transcriptions;

/// <summary>A transcription as OpenAI's events. Its last event has all of the text, so that what was said before it need not be its beginning: where channels
/// are merged at the end, it is not.</summary>
sealed class TranscriptWriter(HttpContext context) : IAnswerWriter
{
    public Task SayAsync(string text, bool isFirst) => EventAsync(new TranscriptEvent("transcript.text.delta") { Delta = text });

    public async Task<bool> FinishAsync(JobView completed, string said)
    {
        var text = TranscriptForms.Result(completed)?.Text ?? completed.Result?.Text("text") ?? "";
        if (text.StartsWith(said, StringComparison.Ordinal) && text.Length > said.Length)
            await SayAsync(text[said.Length..], isFirst: said.Length == 0);
        await EventAsync(new TranscriptEvent("transcript.text.done") { Text = text, Usage = TranscriptForms.Result(completed)?.Usage });
        return true;
    }

    public Task ErrorAsync(Problem problem) => SendAsync(OpenAiErrors.Bytes(problem));

    Task EventAsync(TranscriptEvent said) => SendAsync(JsonSerializer.SerializeToUtf8Bytes(said, OpenAiJson.Types.TranscriptEvent));

    async Task SendAsync(byte[] data)
    {
        await context.Response.Body.WriteAsync((byte[])[.. "data: "u8, .. data, .. "\n\n"u8], context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
