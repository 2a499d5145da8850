using System.Globalization;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>Mistral's own API. It tells speakers where it is asked for segments too, and takes no prompt.</summary>
sealed class MistralProtocol(ProviderHttp http) : IClipProtocol
{
    public async Task<ClipAnswer> AskAsync(ClipRequest clip, ClipPatience patience)
    {
        IReadOnlyList<string> warnings = clip.Prompt is null ? [] : ["The prompt had no effect: Mistral's transcription takes none."];
        var answer = await SendAsync(clip, patience, warnings, withTimes: true);
        return answer.Failure is { } failure && FormRefusals.IsAboutTimes(failure) ? await SendAsync(clip, patience, warnings, withTimes: false) : answer;
    }

    Task<ClipAnswer> SendAsync(ClipRequest clip, ClipPatience patience, IReadOnlyList<string> warnings, bool withTimes) => http.PostAsync(
        ServerAddress.Route(http.Provider.BaseAddress, ProviderHttp.Transcriptions),
        ClipForm.Of(
            clip,
            "file",
            ("model", http.Provider.Model),
            ("language", clip.Language),
            ("temperature", clip.Temperature?.ToString(CultureInfo.InvariantCulture)),
            ("timestamp_granularities[]", withTimes ? "segment" : null),
            ("diarize", withTimes && clip.Diarize ? "true" : null)),
        clip,
        patience,
        response => http.ReadAsync(response, patience, warnings));
}
