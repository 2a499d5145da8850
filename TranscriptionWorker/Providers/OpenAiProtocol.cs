using System.Globalization;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>OpenAI's route with Whisper behind it: asked for segments with their times, and without where the server gives none.</summary>
/// <param name="tellsSpeakers">WhisperX behind it takes fields more than OpenAI has.</param>
sealed class OpenAiProtocol(ProviderHttp http, bool tellsSpeakers) : IClipProtocol
{
    public async Task<ClipAnswer> AskAsync(ClipRequest clip, ClipPatience patience)
    {
        var withSpeakers = tellsSpeakers && clip.Diarize;
        var answer = await SendAsync(clip, patience, withTimes: true, withSpeakers);
        if (withSpeakers && answer.Failure is { } refused && FormRefusals.IsAboutSpeakers(refused))
        {
            answer = await SendAsync(clip, patience, withTimes: true, withSpeakers: false);
        }
        return answer.Failure is { } failure && FormRefusals.IsAboutTimes(failure)
            ? await SendAsync(clip, patience, withTimes: false, withSpeakers: false)
            : answer;
    }

    Task<ClipAnswer> SendAsync(ClipRequest clip, ClipPatience patience, bool withTimes, bool withSpeakers)
    {
        var speakers = withSpeakers ? clip.NumSpeakers?.ToString(CultureInfo.InvariantCulture) : null;
        return http.PostAsync(
            ServerAddress.Route(http.Provider.BaseAddress, ProviderHttp.Transcriptions),
            ClipForm.Of(
                clip,
                "file",
                ("model", http.Provider.Model),
                ("language", clip.Language),
                ("prompt", clip.Prompt),
                ("temperature", clip.Temperature?.ToString(CultureInfo.InvariantCulture)),
                ("response_format", withTimes ? "verbose_json" : "json"),
                ("timestamp_granularities[]", withTimes ? "segment" : null),
                ("align", withSpeakers ? "true" : null),
                ("diarize", withSpeakers ? "true" : null),
                ("min_speakers", speakers),
                ("max_speakers", speakers)),
            clip,
            patience,
            response => http.ReadAsync(response, patience));
    }
}
