using System.Globalization;
using System.Text.RegularExpressions;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>
/// Voxtral on vLLM. Its transcription takes a prompt and makes no use of it, so a clip with a prompt goes to the chat; where the server cannot chat
/// about audio it is transcribed, and the answer says that the prompt had no effect.
/// </summary>
sealed partial class VllmProtocol(ProviderHttp http) : IClipProtocol
{
    // Of others vLLM knows some, and then fails with them.
    const int LanguageLetters = 2;

    // A server may be replaced by one that can.
    static readonly TimeSpan ChatRefusalHolds = TimeSpan.FromMinutes(10);

    readonly PromptedChat chat = new(http);
    (long At, string Reason)? chatRefused;

    public async Task<ClipAnswer> AskAsync(ClipRequest clip, ClipPatience patience)
    {
        if (clip.Prompt is null)
        {
            return await TranscribeAsync(clip, patience, []);
        }
        if (chatRefused is { } known && patience.Time.GetElapsedTime(known.At) < ChatRefusalHolds)
        {
            return await TranscribeAsync(clip, patience, [Warning(known.Reason)]);
        }
        var answer = await chat.AskAsync(clip, patience);
        if (answer.Failure is not { } failure || !PromptedChat.MayBeRefused(failure))
        {
            return answer;
        }
        if (PromptedChat.IsAboutChat(failure))
        {
            chatRefused = (patience.Time.GetTimestamp(), failure.Message);
        }
        return await TranscribeAsync(clip, patience, [Warning(failure.Message)]);
    }

    async Task<ClipAnswer> TranscribeAsync(ClipRequest clip, ClipPatience patience, IReadOnlyList<string> warnings)
    {
        if (clip.Language is { Length: not LanguageLetters } language)
        {
            warnings = [.. warnings, $"The language '{language}' was not sent, as {http.Provider.Name} takes codes of two letters; the model found it out."];
            clip = clip with { Language = null };
        }
        var answer = await SendAsync(clip, patience, warnings, streams: true);
        return answer.Failure is { Type: "400" or "422" } failure && AboutStreaming.IsMatch(failure.Message)
            ? await SendAsync(clip, patience, warnings, streams: false)
            : answer;
    }

    Task<ClipAnswer> SendAsync(ClipRequest clip, ClipPatience patience, IReadOnlyList<string> warnings, bool streams) => http.PostAsync(
        ServerAddress.Route(http.Provider.BaseAddress, ProviderHttp.Transcriptions),
        ClipForm.Of(
            clip,
            "file",
            ("model", http.Provider.Model),
            ("language", clip.Language),
            ("temperature", clip.Temperature?.ToString(CultureInfo.InvariantCulture)),
            ("response_format", "json"),
            ("stream", streams ? "true" : null),
            ("stream_include_usage", streams ? "true" : null),
            ("max_completion_tokens", streams ? clip.MostTokens.ToString(CultureInfo.InvariantCulture) : null)),
        clip,
        patience,
        response => ReadAsync(response, patience, warnings));

    async Task<ClipAnswer> ReadAsync(HttpResponseMessage response, ClipPatience patience, IReadOnlyList<string> warnings)
    {
        if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            return await http.ReadAsync(response, patience, warnings);
        }
        var stream = new AnswerStream(http.Provider);
        return await stream.ReadAsync(response, patience) is { } failure
            ? failure
            : new ServerAnswer(stream.Text, [], null, stream.Usage, stream.FinishReason).ToTranscript(warnings);
    }

    string Warning(string reason) => $"The prompt had no effect, as {http.Provider.Name} cannot chat about audio: {reason}";

    /// <summary>A server that is not vLLM may know neither of the fields.</summary>
    [GeneratedRegex(@"\bstream\b|stream_include_usage|max_completion_tokens")]
    static partial Regex AboutStreaming { get; }
}
