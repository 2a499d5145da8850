using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>Why a provider gave no text for a chunk.</summary>
sealed record Refused(ProviderFailure Failure, ClipRefusal Refusal)
{
    /// <summary>Whether it is this audio that it will not have, and not every request.</summary>
    public bool IsOfTheAudio => Refusal is not ClipRefusal.None || Failure.IsOfTheInput;

    public JobError Error => Failure.Error;

    /// <summary>What can pass decides over what cannot: the job is tried again then.</summary>
    public static Refused Worse(Refused? first, Refused second) => first is not null && (first.CanPass || !second.CanPass) ? first : second;

    bool CanPass => !IsOfTheAudio && ErrorCategories.IsRetried(Failure.Category);
}
