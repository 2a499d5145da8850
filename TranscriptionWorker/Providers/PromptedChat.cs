using System.Net.Http.Headers;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>A chat about a clip: the only way in which Voxtral heeds a prompt.</summary>
sealed class PromptedChat(ProviderHttp http)
{
    static readonly string[] WordsAboutChat = ["multimodal", "support", "input_audio", "part type", "chat template"];

    const string LanguageIsNotTold = "language: with a prompt the recording is sent to a chat, which is not told the language; say it in the prompt.";

    /// <summary>A refusal after which transcribing may still go well.</summary>
    public static bool MayBeRefused(ProviderFailure failure) =>
        failure is { Category: ErrorCategories.ProviderRejected, Type: not ("401" or "403") } or { Type: "501" }
        && ClipRefusals.Of(failure) == ClipRefusal.None;

    /// <summary>Whether it would be the same for any other clip.</summary>
    public static bool IsAboutChat(ProviderFailure failure) =>
        failure.Type is "404" or "405" or "501"
        || WordsAboutChat.Any(word => failure.Message.Contains(word, StringComparison.OrdinalIgnoreCase));

    public Task<ClipAnswer> AskAsync(ClipRequest clip, ClipPatience patience)
    {
        var content = new ByteArrayContent(Body(clip));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return http.PostAsync(
            ServerAddress.Route(http.Provider.BaseAddress, "/chat/completions"), content, clip, patience, response => ReadAsync(response, clip, patience));
    }

    async Task<ClipAnswer> ReadAsync(HttpResponseMessage response, ClipRequest clip, ClipPatience patience)
    {
        var stream = new AnswerStream(http.Provider);
        var failure = response.Content.Headers.ContentType?.MediaType == "text/event-stream"
            ? await stream.ReadAsync(response, patience)
            : await WholeAsync(stream, response, patience);
        return failure is not null
            ? failure
            : new ClipTranscript(ChatText.Plain(stream.Text), [], null, stream.FinishReason, stream.Usage, null, ClipModes.Chat, clip.Language is null ? [] : [LanguageIsNotTold]);
    }

    async Task<ProviderFailure?> WholeAsync(AnswerStream answer, HttpResponseMessage response, ClipPatience patience)
    {
        var (body, tooLong) = await http.BodyAsync(response, patience);
        return body is { } bytes ? answer.ReadWhole(bytes) : tooLong;
    }

    byte[] Body(ClipRequest clip)
    {
        using var body = new MemoryStream((clip.Wav.Length * 4 / 3) + 1024);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("model", http.Provider.Model);
            json.WriteStartArray("messages");
            json.WriteStartObject();
            // No system role: Voxtral has none.
            json.WriteString("role", "user");
            json.WriteStartArray("content");
            json.WriteStartObject();
            json.WriteString("type", "input_audio");
            json.WriteStartObject("input_audio");
            json.WriteBase64String("data", clip.Wav);
            json.WriteString("format", "wav");
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteStartObject();
            json.WriteString("type", "text");
            json.WriteString("text", clip.Prompt);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteNumber("temperature", clip.Temperature ?? 0);
            json.WriteNumber("max_tokens", clip.MostTokens);
            json.WriteBoolean("stream", true);
            json.WriteStartObject("stream_options");
            json.WriteBoolean("include_usage", true);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return body.ToArray();
    }
}
