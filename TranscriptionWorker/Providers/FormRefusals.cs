using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>Refusals of a field of the form rather than of the clip: asked without it, the server transcribes as well.</summary>
static class FormRefusals
{
    public static bool IsAboutTimes(ProviderFailure failure) => Names(failure, "verbose_json", "response_format", "timestamp_granularities");

    public static bool IsAboutSpeakers(ProviderFailure failure) => Names(failure, "diarize", "align", "min_speakers", "max_speakers");

    static bool Names(ProviderFailure failure, params ReadOnlySpan<string> fields)
    {
        if (failure.Type is not ("400" or "422"))
        {
            return false;
        }
        foreach (var field in fields)
        {
            if (failure.Message.Contains(field, StringComparison.Ordinal))
            {
                return true;
            }
        }
        return false;
    }
}
