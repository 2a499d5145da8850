using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Routing;

/// <summary>One call of a deployment, and what its result says about the deployment.</summary>
sealed partial class ChatRouter
{
    // A server that is too busy and does not say for how long.
    static readonly TimeSpan UsualRest = TimeSpan.FromSeconds(5);

    /// <param name="promptTokens">About as many.</param>
    async Task<TResult> CallAsync<TResult>(Deployment deployment, CircuitBreaker.Pass pass, int promptTokens, Func<Task<TResult>> call)
        where TResult : class, ICallResult
    {
        TResult? result = null;
        var begunAt = time.GetTimestamp();
        deployment.Asked();
        try
        {
            return result = await call();
        }
        finally
        {
            if (result is null)
            {
                deployment.Breaker.Abandoned(pass);
            }
            else
            {
                Judge(deployment, pass, result, begunAt, promptTokens);
            }
            deployment.Places.Return();
        }
    }

    void Judge(Deployment deployment, CircuitBreaker.Pass pass, ICallResult result, long begunAt, int promptTokens)
    {
        var failure = result.Failure;
        var step = failure is null ? NextStep.GiveUp : NextSteps.After(failure);
        if (step is NextStep.OtherKind or NextStep.OutOfTime)
        {
            // It was not asked, or had less time than a call is given.
            deployment.Breaker.Abandoned(pass);
            return;
        }
        deployment.Connection.State.Called(failure);
        if (step is NextStep.GiveUp or NextStep.Larger)
        {
            // A refusal of the request is a good answer of the server.
            deployment.Answered(failure is null ? result.TimeToFirstToken : null, result.TimePerChunk);
            // What comes whole, as embeddings do, takes the longer the more it is, and has no first token.
            if (failure is null && result is { TimeToFirstToken: { } first, TimePerChunk: not null })
            {
                deployment.Places.Answered(first, result.PromptTokens ?? promptTokens);
            }
            if (deployment.Breaker.Succeeded(pass))
            {
                LogBack(logger, deployment);
            }
            return;
        }
        deployment.Failed(failure!);
        if (NextSteps.IsOverload(failure!, result.TimeToFirstToken))
        {
            deployment.Places.Refused(begunAt);
        }
        switch (step)
        {
            case NextStep.ElsewhereAndCondemn:
                deployment.Breaker.Condemn();
                LogCondemned(logger, deployment, failure!.ForLog);
                break;
            case NextStep.ElsewhereAndRest:
                Rests(deployment, deployment.Breaker.Rest(Wish(failure!)), failure!);
                break;
            default:
                Rests(deployment, deployment.Breaker.Failed(pass), failure!);
                break;
        }
    }

    /// <summary>"At once" cannot be meant by a server that has too much to do.</summary>
    static TimeSpan Wish(ProviderFailure failure) => failure switch
    {
        { Pause: { } pause } when pause > TimeSpan.Zero => pause,
        // A bill that is not paid: no change of ours tells that it was.
        { Type: "402" } => CircuitBreaker.LongestRest,
        _ => UsualRest,
    };

    void Rests(Deployment deployment, TimeSpan? rest, ProviderFailure failure)
    {
        if (rest is { } time)
        {
            LogRests(logger, deployment, time.TotalSeconds, failure.ForLog);
            telemetry.Rested(deployment.Provider, failure);
        }
    }

    [LoggerMessage(4001, LogLevel.Warning, "{Deployment} rests for {Seconds:0.#} s, and other models of its groups take its place. {Reason}")]
    static partial void LogRests(ILogger logger, Deployment deployment, double seconds, string reason);

    [LoggerMessage(4002, LogLevel.Information, "{Deployment} is in use again.")]
    static partial void LogBack(ILogger logger, Deployment deployment);

    [LoggerMessage(4003, LogLevel.Error, "{Deployment} is not used until the configuration changes, as long as another model can take its place. {Reason}")]
    static partial void LogCondemned(ILogger logger, Deployment deployment, string reason);
}
