using AiPlatform.LlmWorker.Admission;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.WorkerRuntime;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Routing;

/// <summary>
/// Sends a chat to a deployment of its group. Where that fails before it said anything, another one is asked: of the same group, then of those it
/// falls back to. Each is asked once; asking again later is the queue's part. Where it breaks off in the middle of its text, one that can goes on with it.
/// </summary>
sealed partial class ChatRouter(LlmTelemetry telemetry, AdmissionSignal signal, TimeProvider time, ILogger<ChatRouter> logger)
{
    /// <param name="chain">The job's group, then those it may fall back to; each with at least one deployment.</param>
    /// <param name="outlet">What was said there cannot be unsaid: a call that fails after that, and that none can go on with, ends the run.</param>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> fired.</exception>
    public async Task<RoutedResult> ChatAsync(
        IReadOnlyList<DeploymentGroup> chain, ChatRequest request, ChatCaller caller, AnswerOutlet outlet, CancellationToken ct)
    {
        chain[0].Budget.Earn();
        var startedAt = time.GetTimestamp();
        var route = new Route(chain, request.ExpectedTokens, caller.Priority, Random.Shared);
        var walk = new Walk(route, signal, time);
        var (prefix, next) = await BeginAsync(walk, request, outlet, ct);
        var isOurs = false;
        for (; next is var (deployment, group, pass); next = await NextAsync())
        {
            caller.Place?.Use();
            caller.Asks?.Invoke(deployment.Provider.Name, deployment.Provider.Model);
            var asked = request.After(prefix);
            var spent = time.GetElapsedTime(startedAt) - walk.Waited;
            var result = await CallAsync(deployment, pass, asked.PromptTokens, () => ChatAsync(deployment, asked, caller.RequestId, SayAs(group), spent, ct));
            if (result is ChatCallResult.Answered answered)
            {
                return Answered(answered, deployment, group, chain[0]);
            }
            var failure = ((ChatCallResult.Failed)result).Failure;
            var step = NextSteps.After(failure);
            if (prefix is not null && !result.Answer.HasText && step is NextStep.GiveUp or NextStep.Larger or NextStep.OtherKind)
            {
                // It is the beginning that the server refused; the request itself it may take.
                prefix = null;
                outlet.Restart();
                continue;
            }
            if (step is NextStep.GiveUp or NextStep.OutOfTime)
            {
                return new RoutedResult.Failed(failure);
            }
            route.Failed(deployment, failure, step);
            if (!result.Answer.HasText || !outlet.IsSeen)
            {
                continue;
            }
            (prefix, isOurs) = (result.Answer.AsPrefix(request), true);
            if (prefix is null)
            {
                return BrokenOff(failure, route);
            }
        }
        if (route.IsFull)
        {
            return OfNoPlace(route);
        }
        return prefix is null ? new RoutedResult.Failed(route.Failure()) : BrokenOff(route.LastFailure, route);

        Action<TextPiece> SayAs(DeploymentGroup group) =>
            piece => outlet.Say(piece with { From = piece.From with { ModelGroup = group.Name, Fallback = FallbackTo(group, chain[0]) } });

        async ValueTask<(Deployment, DeploymentGroup, CircuitBreaker.Pass)?> NextAsync()
        {
            var found = await walk.NextAsync(continues: prefix is not null, ct);
            if (found is not null || prefix is null || isOurs || route.IsFull)
            {
                return found;
            }
            // What an earlier run said, nobody can go on with now.
            prefix = null;
            outlet.Restart();
            return await walk.NextAsync(continues: false, ct);
        }
    }

    /// <summary>The attempt is spent where a deployment failed it: else a job could be asked, and paid for, without end.</summary>
    static RoutedResult OfNoPlace(Route route) => route.LastTried is { } failure
        // The others are full, so that nothing is to be had at once.
        ? new RoutedResult.Failed(failure with { Pause = failure.Pause > TimeSpan.Zero ? failure.Pause : null })
        : new RoutedResult.NoRoom();

    /// <summary>Another deployment can begin anew at once.</summary>
    static RoutedResult.Failed BrokenOff(ProviderFailure failure, Route route) => new(route.HasOthers ? failure with { Pause = TimeSpan.Zero } : failure);

    /// <summary>Whom to ask first, and what to go on with: the text of an earlier run, where there is a deployment that can, and those who watch know it.</summary>
    static async Task<(ChatPrefix? Prefix, (Deployment, DeploymentGroup, CircuitBreaker.Pass)? Next)> BeginAsync(
        Walk walk, ChatRequest request, AnswerOutlet outlet, CancellationToken ct)
    {
        if (outlet.Earlier is not { } earlier)
        {
            return (null, await walk.NextAsync(continues: false, ct));
        }
        var prefix = earlier is { IsContinuable: true, Tokens: { } tokens }
            ? Continuation.Of(request, earlier.Text, tokens, earlier.PromptTokens, earlier.Continued + 1)
            : null;
        if (prefix is not null && await walk.NextAsync(continues: true, ct) is { } next)
        {
            if (await IsToldAsync(next.Deployment, next.Pass))
            {
                return (prefix, next);
            }
            outlet.Restart();
            return (null, next);
        }
        outlet.Restart();
        return (null, await walk.NextAsync(continues: false, ct));

        async Task<bool> IsToldAsync(Deployment deployment, CircuitBreaker.Pass pass)
        {
            try
            {
                return await outlet.ContinueAsync(earlier, ct);
            }
            catch
            {
                // Nobody calls it now.
                deployment.Breaker.Abandoned(pass);
                deployment.Places.Return();
                throw;
            }
        }
    }

    async Task<ChatCallResult> ChatAsync(
        Deployment deployment, ChatRequest request, string requestId, Action<TextPiece> onText, TimeSpan spent, CancellationToken ct)
    {
        using var span = telemetry.Start(deployment.Provider, request);
        var result = await new ModelServer(deployment.Provider, deployment.Connection, time).ChatAsync(request, requestId, onText, spent, ct);
        telemetry.End(span, deployment.Provider, result);
        return result is ChatCallResult.Stopped ? throw new OperationCanceledException(ct) : result;
    }

    RoutedResult.Answered Answered(ChatCallResult.Answered answered, Deployment deployment, DeploymentGroup group, DeploymentGroup asked)
    {
        var fallback = FallbackTo(group, asked);
        if (fallback is not null)
        {
            telemetry.FellBack(asked.Name, group.Name);
        }
        return new RoutedResult.Answered(answered, deployment, group.Name, fallback);
    }

    static string? FallbackTo(DeploymentGroup group, DeploymentGroup asked) => group == asked ? null : $"{asked.Name}->{group.Name}";
}
