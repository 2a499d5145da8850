using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.TranscriptionWorker.Segments;

namespace AiPlatform.TranscriptionWorker;

/// <summary>Makes the job's result of a server's answer.</summary>
static class TranscriptionResults
{
    public static TranscriptionResult Of(Provider provider, TranscriptionRequest request, CallResult.Answered call)
    {
        var duration = request.Audio.Duration;
        var timed = TimedSegments.Of(call.Answer.Segments, duration);
        var isApproximate = timed.Count == 0 && call.Answer.Text.Length > 0;
        return new TranscriptionResult
        {
            Text = call.Answer.Text,
            Segments = isApproximate ? ApproximateSegments.Of(call.Answer.Text, duration) : timed,
            ApproximateTimes = isApproximate,
            Duration = Math.Round(duration.TotalSeconds, 3),
            Language = request.Language ?? call.Answer.Language,
            Usage = call.Answer.Usage,
            Model = provider.Model ?? provider.Name,
            Provider = provider.Name,
            DurationMs = (long)call.Duration.TotalMilliseconds,
            Warnings = Warnings(provider, request),
        };
    }

    static IReadOnlyList<string> Warnings(Provider provider, TranscriptionRequest request) => request.Prompt is not null && !provider.HeedsPrompt
        ? [$"The prompt was sent, but transcription on {provider.Name} makes no use of it."]
        : [];
}
