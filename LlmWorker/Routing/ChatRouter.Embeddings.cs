using AiPlatform.LlmWorker.Embeddings;

namespace AiPlatform.LlmWorker.Routing;

/// <summary>Embeddings take the same way, but never out of their group: numbers of one model mean nothing beside those of another.</summary>
sealed partial class ChatRouter
{
    /// <param name="group">With at least one deployment.</param>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> fired.</exception>
    public async Task<RoutedResult> EmbedAsync(DeploymentGroup group, EmbeddingRequest request, ChatCaller caller, CancellationToken ct)
    {
        group.Budget.Earn();
        var startedAt = time.GetTimestamp();
        var route = new Route([group], expectedTokens: 0, caller.Priority, Random.Shared);
        var walk = new Walk(route, signal, time);
        while (await walk.NextAsync(continues: false, ct) is var (deployment, _, pass))
        {
            var spent = time.GetElapsedTime(startedAt) - walk.Waited;
            var result = await CallAsync(deployment, pass, 0, () => EmbedAsync(deployment, request, caller.RequestId, spent, ct));
            if (result is EmbeddingCallResult.Answered answered)
            {
                return new RoutedResult.Embedded(answered, deployment, group.Name);
            }
            var failure = ((EmbeddingCallResult.Failed)result).Failure;
            var step = NextSteps.After(failure);
            if (step is NextStep.GiveUp or NextStep.OutOfTime)
            {
                return new RoutedResult.Failed(failure);
            }
            route.Failed(deployment, failure, step);
        }
        return route.IsFull ? OfNoPlace(route) : new RoutedResult.Failed(route.Failure());
    }

    async Task<EmbeddingCallResult> EmbedAsync(Deployment deployment, EmbeddingRequest request, string requestId, TimeSpan spent, CancellationToken ct)
    {
        using var span = telemetry.Start(deployment.Provider, request);
        var result = await new EmbeddingServer(deployment.Provider, deployment.Connection, time).EmbedAsync(request, requestId, spent, ct);
        telemetry.End(span, deployment.Provider, result);
        return result;
    }
}
