namespace AiPlatform.LlmWorker.Routing;

/// <summary>Deployments of which any may answer.</summary>
sealed record DeploymentGroup(string Name, IReadOnlyList<Deployment> Deployments)
{
    public RetryBudget Budget { get; init; } = new();
}
