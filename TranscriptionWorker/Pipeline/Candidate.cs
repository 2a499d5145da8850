using System.Globalization;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.TranscriptionWorker.Quality;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>One of the texts that a provider gave for a chunk.</summary>
/// <param name="SpeechSeconds">Of the chunk.</param>
/// <param name="Range">What was sent.</param>
sealed record Candidate(ClipTranscript Transcript, double SpeechSeconds, ITranscriber Provider, SampleRange Range)
{
    QualityVerdict Verdict { get; } = TextQuality.Judge(Transcript, SpeechSeconds);

    public bool IsGood => Verdict is QualityVerdict.Good;

    /// <summary>Where a model lost itself, or was cut off, shorter clips help. Where it heard no word twice there is none, as in music on hold.</summary>
    public bool WantsHalves => Verdict is QualityVerdict.Suspect { Reason: not QualityVerdict.EmptyText };

    public static Candidate Better(Candidate? first, Candidate second) =>
        first is null || TextQuality.Score(second.Transcript, second.SpeechSeconds) > TextQuality.Score(first.Transcript, first.SpeechSeconds) ? second : first;

    /// <summary>What is to be said to people of a text that was taken all the same.</summary>
    public IEnumerable<string> Doubts() => Verdict is QualityVerdict.Suspect { Reason: var reason }
        ? [string.Create(CultureInfo.InvariantCulture, $"suspected_{reason}: {Range.StartSeconds:0.0} s to {Range.EndSeconds:0.0} s")]
        : [];
}
