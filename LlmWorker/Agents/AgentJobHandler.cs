using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.WorkerRuntime;

namespace AiPlatform.LlmWorker.Agents;

/// <summary>Messages to agents. A job of a valid input is always completed: where no model could answer, with the fallback text.</summary>
sealed class AgentJobHandler(ModelDirectory models, AgentAnswers answers)
{
    /// <summary>The second is another name of the first.</summary>
    public static readonly IReadOnlyList<string> TaskTypes = ["agent_message", "handle_message"];

    public async Task<AttemptOutcome> RunAsync(Attempt attempt, CancellationToken cancellationToken)
    {
        var job = attempt.Job;
        if (AgentInput.TryRead(job.Input, job.TenantId, out var problem) is not { } input)
        {
            return new AttemptOutcome.Failed(new JobError(ErrorCategories.InvalidInput, problem!));
        }
        using var hold = models.Enter();
        if (input.Agent.ModelGroup is null && !hold.Serves(job.ModelProfile))
        {
            // As with a chat: another worker may serve it.
            return new AttemptOutcome.Released(CancellationReason.Shutdown);
        }
        var group = input.Agent.ModelGroup ?? job.ModelProfile;
        var result = await answers.AnswerAsync(input, hold.ChainOf(group, mayFallBack: true), group, ChatCaller.Of(attempt), cancellationToken);
        // The queue knows when the profile's models have room again. Of another group it does not, and the person behind the message waits.
        return result is null && input.Agent.ModelGroup is null
            ? new AttemptOutcome.Released(CancellationReason.NoRoom)
            : new AttemptOutcome.Succeeded(JsonSerializer.SerializeToElement(result ?? answers.Fallback(input, group, attempt.Job.Id), ContractsJson.Default.AgentResult));
    }
}
