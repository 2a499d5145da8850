using System.Globalization;
using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Routing;

/// <summary>What a failed call means for the job, and for the deployment.</summary>
enum NextStep
{
    /// <summary>Any server would refuse it.</summary>
    GiveUp,

    /// <summary>The deployment failed, or did not answer in time.</summary>
    Elsewhere,

    /// <summary>The server has too much to do.</summary>
    ElsewhereAndRest,

    /// <summary>It refuses our key, or does not know the model.</summary>
    ElsewhereAndCondemn,

    /// <summary>This kind of server cannot be asked such a thing; another kind may.</summary>
    OtherKind,

    /// <summary>The prompt does not fit the model's context.</summary>
    Larger,

    /// <summary>Earlier calls left too little of the time for a whole answer.</summary>
    OutOfTime,
}

static class NextSteps
{
    public static NextStep After(ProviderFailure failure) => failure switch
    {
        { Type: ContextOverflow.Type } => NextStep.Larger,
        { Type: ModelServer.Unsupported } => NextStep.OtherKind,
        { Type: ModelServer.OutOfTime } => NextStep.OutOfTime,
        { Type: "402" or "429" or "529" } or { Type: "503", Pause: not null } => NextStep.ElsewhereAndRest,
        { Type: "401" or "403" or "404" } => NextStep.ElsewhereAndCondemn,
        { Category: ErrorCategories.ProviderRejected } when IsRedirect(failure.Type) => NextStep.ElsewhereAndCondemn,
        { Category: ErrorCategories.ProviderError or ErrorCategories.ProviderTimeout } => NextStep.Elsewhere,
        _ => NextStep.GiveUp,
    };

    /// <summary>Whether the server has more to do than it can, as far as one call tells.</summary>
    public static bool IsOverload(ProviderFailure failure, TimeSpan? toFirstToken) =>
        failure.Type is "429" or "503" or "529" || failure.Category == ErrorCategories.ProviderTimeout && toFirstToken is null;

    static bool IsRedirect(string type) => int.TryParse(type, CultureInfo.InvariantCulture, out var status) && status is >= 300 and < 400;
}
