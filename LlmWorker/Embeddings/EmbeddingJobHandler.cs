using System.Diagnostics;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.WorkerRuntime;

namespace AiPlatform.LlmWorker.Embeddings;

/// <summary>Embeddings: sends the inputs to a model of the job's profile, answers <see cref="EmbeddingResult"/>.</summary>
sealed class EmbeddingJobHandler(ModelDirectory models, ChatRouter router)
{
    public static readonly IReadOnlyList<string> TaskTypes = ["embedding"];

    /// <summary>As much as can be stored, and room for what stands beside them.</summary>
    const int MostCharacters = 8 * 1024 * 1024 - 64 * 1024;

    public async Task<AttemptOutcome> RunAsync(Attempt attempt, CancellationToken cancellationToken)
    {
        var job = attempt.Job;
        using var hold = models.Enter();
        if (!hold.Serves(job.ModelProfile))
        {
            // As with a chat: another worker may serve it.
            return new AttemptOutcome.Released(CancellationReason.Shutdown);
        }
        if (hold.EmbeddersOf(job.ModelProfile) is not { } group)
        {
            return Failed(ErrorCategories.ProviderUnconfigured, "No model provider is configured for this worker.");
        }
        if (EmbeddingRequest.TryCreate(job.Input, out var problem) is not { } request)
        {
            return Failed(ErrorCategories.InvalidInput, problem!);
        }
        return await router.EmbedAsync(group, request, ChatCaller.Of(attempt), cancellationToken) switch
        {
            RoutedResult.NoRoom => new AttemptOutcome.Released(CancellationReason.NoRoom),
            RoutedResult.Embedded embedded => Outcome(embedded, job.Attempt),
            RoutedResult.Failed { Failure: var failure } =>
                new AttemptOutcome.Failed(failure.Error, new FailOptions(Pause: failure.Pause)),
            _ => throw new UnreachableException(),
        };
    }

    static AttemptOutcome.Failed Failed(string category, string message) => new(new JobError(category, message));

    static AttemptOutcome Outcome(RoutedResult.Embedded routed, int attempts)
    {
        var answer = routed.Call.Answer;
        if (answer.Embeddings.Sum(embedding => (long)embedding.Length) is > MostCharacters and var size)
        {
            return Failed(
                ErrorCategories.InvalidInput,
                $"'input' has too many entries: the embeddings of {answer.Embeddings.Count} take {size:N0} bytes, and {MostCharacters:N0} can be stored. Send fewer at a time.");
        }
        var result = new EmbeddingResult
        {
            Embeddings = answer.Embeddings,
            Dimensions = answer.Dimensions,
            Model = answer.Model ?? routed.By.Provider.Model,
            Usage = answer.Usage,
            DurationMs = (long)routed.Call.Duration.TotalMilliseconds,
            Provider = routed.By.Provider.Name,
            Attempts = attempts,
            ModelGroup = routed.Group,
        };
        return new AttemptOutcome.Succeeded(JsonSerializer.SerializeToElement(result, ContractsJson.Default.EmbeddingResult));
    }
}
