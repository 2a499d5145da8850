namespace AiPlatform.Jobs.Tests;

enum StepKind
{
    Submit, Claim, CancelMany, RetryMany,
    Renew, Complete, FailOnce, FailAndRest, FailForGood, Release, Preempt, Cancel, Retry, LeaseEnds, DeadlinePasses, RestEnds,
    Pause, Resume, HaltPart, LiftPart, Maintain, LoseIndex, BuildIndex,
}

/// <summary>One operation; its numbers choose among what there is when it runs, so that a sequence stays one when steps are left out.</summary>
readonly record struct Step(StepKind Kind, int A, int B)
{
    public static Step Next(Random chance) => new(Often[chance.Next(Often.Length)], chance.Next(1 << 20), chance.Next(1 << 20));

    static readonly StepKind[] Often =
    [
        .. Enum.GetValues<StepKind>(), StepKind.Submit, StepKind.Submit, StepKind.Claim, StepKind.Claim, StepKind.Claim, StepKind.Complete,
        StepKind.FailOnce, StepKind.Retry, StepKind.Resume, StepKind.Resume, StepKind.LiftPart, StepKind.BuildIndex,
    ];
}
