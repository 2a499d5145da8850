using System.Globalization;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>whisper-asr-webservice. What it answers is JSON, and says of itself that it is text.</summary>
sealed class WhisperAsrProtocol(ProviderHttp http) : IClipProtocol
{
    public Task<ClipAnswer> AskAsync(ClipRequest clip, ClipPatience patience)
    {
        var speakers = clip.Diarize ? clip.NumSpeakers?.ToString(CultureInfo.InvariantCulture) : null;
        var route = QueryText.Of(
            "/asr",
            ("task", "transcribe"),
            ("output", "json"),
            ("language", clip.Language),
            ("initial_prompt", clip.Prompt),
            ("word_timestamps", "true"),
            ("diarize", clip.Diarize ? "true" : null),
            ("min_speakers", speakers),
            ("max_speakers", speakers));
        return http.PostAsync(
            ServerAddress.Route(http.Provider.Root, route), ClipForm.Of(clip, "audio_file"), clip, patience, response => http.ReadAsync(response, patience));
    }
}
