using System.Diagnostics;
using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Admission;
using AiPlatform.LlmWorker.Agents;
using AiPlatform.LlmWorker.Embeddings;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.WorkerRuntime;

namespace AiPlatform.LlmWorker;

/// <summary>The worker's handler: gives each job to the one that knows its task type.</summary>
sealed class LlmJobHandler(
    ModelDirectory models, ChatJobHandler chats, AgentJobHandler agents, EmbeddingJobHandler embeddings, AdmissionSignal signal) : IJobHandler
{
    public string Kind => "llm";

    public IReadOnlyList<string> TaskTypes { get; } = [.. ChatJobHandler.TaskTypes, .. AgentJobHandler.TaskTypes, .. EmbeddingJobHandler.TaskTypes];

    public IReadOnlyList<string> ModelProfiles => models.Profiles;

    public IReadOnlyList<Opening>? Openings => models.Openings();

    public Task OpeningsChanged => signal.Changed;

    /// <summary>What embeds has places of its own, and they are seldom all taken.</summary>
    public IDisposable? Admit(ClaimedJob job) => job.TaskType switch
    {
        var embedding when EmbeddingJobHandler.TaskTypes.Contains(embedding) => null,
        var agent when AgentJobHandler.TaskTypes.Contains(agent) => models.Admit(AgentInput.GroupIn(job.Input) ?? job.ModelProfile),
        _ => models.Admit(job.ModelProfile),
    };

    public IReadOnlyList<ProviderReport> ProviderReports() => models.Reports();

    public string? ConfigurationProblem => models.Problem;

    public Task<AttemptOutcome> RunAsync(Attempt attempt, CancellationToken cancellationToken) => attempt.Job.TaskType switch
    {
        var chat when ChatJobHandler.TaskTypes.Contains(chat) => chats.RunAsync(attempt, cancellationToken),
        var agent when AgentJobHandler.TaskTypes.Contains(agent) => agents.RunAsync(attempt, cancellationToken),
        var embedding when EmbeddingJobHandler.TaskTypes.Contains(embedding) => embeddings.RunAsync(attempt, cancellationToken),
        var other => throw new UnreachableException($"A job of the task type '{other}', which was not asked for."),
    };
}
