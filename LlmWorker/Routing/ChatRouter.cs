using AiPlatform.LlmWorker.Chat;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Routing;

/// <summary>
/// Sends a chat to a deployment of its group. Where that fails before it said anything, another one is asked: of the same group, then of those it
/// falls back to. Each is asked once; asking again later is the queue's part.
/// </summary>
sealed partial class ChatRouter(LlmTelemetry telemetry, TimeProvider time, ILogger<ChatRouter> logger)
{
    // A server that is too busy and does not say for how long.
    static readonly TimeSpan UsualRest = TimeSpan.FromSeconds(5);

    /// <param name="chain">The job's group, then those it may fall back to; each with at least one deployment.</param>
    /// <param name="onText">Given each piece of text as it comes. What was said cannot be unsaid: a call that fails after that ends the run.</param>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> fired.</exception>
    public async Task<RoutedResult> ChatAsync(
        IReadOnlyList<DeploymentGroup> chain, ChatRequest request, string requestId, Action<string> onText, CancellationToken ct)
    {
        chain[0].Budget.Earn();
        var startedAt = time.GetTimestamp();
        var route = new Route(chain, request.ExpectedTokens, Random.Shared);
        while (route.Next() is var (deployment, group, pass))
        {
            var said = false;
            var result = await CallAsync(deployment, pass, request, requestId, Say, time.GetElapsedTime(startedAt), ct);
            if (result is ChatCallResult.Answered answered)
            {
                return Answered(answered, deployment, group, chain[0]);
            }
            var failure = ((ChatCallResult.Failed)result).Failure;
            var step = NextSteps.After(failure);
            if (said || step == NextStep.GiveUp)
            {
                // Another deployment can begin anew at once.
                return new RoutedResult.Failed(said && route.HasOthers ? failure with { Pause = TimeSpan.Zero } : failure);
            }
            route.Failed(deployment, failure, step);

            void Say(string text)
            {
                said = true;
                onText(text);
            }
        }
        return new RoutedResult.Failed(route.Failure());
    }

    async Task<ChatCallResult> CallAsync(
        Deployment deployment, CircuitBreaker.Pass pass, ChatRequest request, string requestId, Action<string> onText, TimeSpan spent, CancellationToken ct)
    {
        ChatCallResult? result = null;
        deployment.Begin();
        using var span = telemetry.Start(deployment.Provider, request);
        try
        {
            result = await new ModelServer(deployment.Provider, deployment.Connection, time).ChatAsync(request, requestId, onText, spent, ct);
            telemetry.End(span, deployment.Provider, result);
            return result;
        }
        finally
        {
            deployment.End();
            if (result is null)
            {
                deployment.Breaker.Abandoned(pass);
            }
            else
            {
                Judge(deployment, pass, result);
            }
        }
    }

    void Judge(Deployment deployment, CircuitBreaker.Pass pass, ChatCallResult result)
    {
        var failure = (result as ChatCallResult.Failed)?.Failure;
        var step = failure is null ? NextStep.GiveUp : NextSteps.After(failure);
        if (step == NextStep.OtherKind)
        {
            // It was not asked.
            deployment.Breaker.Abandoned(pass);
            return;
        }
        deployment.Connection.State.Called(failure);
        if (step is NextStep.GiveUp or NextStep.Larger)
        {
            // A refusal of the request is a good answer of the server.
            deployment.Answered(failure is null ? result.TimeToFirstToken : null, result.TimePerChunk);
            if (deployment.Breaker.Succeeded(pass))
            {
                LogBack(logger, deployment);
            }
            return;
        }
        deployment.Failed(failure!);
        switch (step)
        {
            case NextStep.ElsewhereAndCondemn:
                deployment.Breaker.Condemn();
                LogCondemned(logger, deployment, failure!.Message);
                break;
            case NextStep.ElsewhereAndRest:
                Rests(deployment, deployment.Breaker.Rest(failure!.Pause ?? UsualRest), failure);
                break;
            default:
                Rests(deployment, deployment.Breaker.Failed(pass), failure!);
                break;
        }
    }

    void Rests(Deployment deployment, TimeSpan? rest, ProviderFailure failure)
    {
        if (rest is { } time)
        {
            LogRests(logger, deployment, time.TotalSeconds, failure.Message);
            telemetry.Rested(deployment.Provider, failure);
        }
    }

    RoutedResult.Answered Answered(ChatCallResult.Answered answered, Deployment deployment, DeploymentGroup group, DeploymentGroup asked)
    {
        if (group == asked)
        {
            return new RoutedResult.Answered(answered, deployment, group.Name, null);
        }
        telemetry.FellBack(asked.Name, group.Name);
        return new RoutedResult.Answered(answered, deployment, group.Name, $"{asked.Name}->{group.Name}");
    }

    [LoggerMessage(4001, LogLevel.Warning, "{Deployment} rests for {Seconds:0.#} s, and other models of its groups take its place. {Reason}")]
    static partial void LogRests(ILogger logger, Deployment deployment, double seconds, string reason);

    [LoggerMessage(4002, LogLevel.Information, "{Deployment} is in use again.")]
    static partial void LogBack(ILogger logger, Deployment deployment);

    [LoggerMessage(4003, LogLevel.Error, "{Deployment} is not used until the configuration changes, as long as another model can take its place. {Reason}")]
    static partial void LogCondemned(ILogger logger, Deployment deployment, string reason);
}
