using System.Diagnostics;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.WorkerRuntime;

namespace AiPlatform.LlmWorker;

/// <summary>Chats and analyses: sends the messages to a model of the job's profile, passes tokens on as they come, answers <see cref="ChatResult"/>.</summary>
sealed partial class ChatJobHandler(ModelDirectory models, ChatRouter router, ILogger<ChatJobHandler> logger)
{
    public static readonly IReadOnlyList<string> TaskTypes = ["llm_chat", "chat_completion", "call_analysis"];

    public async Task<AttemptOutcome> RunAsync(Attempt attempt, CancellationToken cancellationToken)
    {
        using var hold = models.Enter();
        if (!hold.Serves(attempt.Job.ModelProfile))
        {
            // Its profile was taken out of the configuration while this worker waited for such jobs. Another may serve it.
            return new AttemptOutcome.Released(CancellationReason.Shutdown);
        }
        if (hold.ChainOf(attempt.Job.ModelProfile, mayFallBack: false).Count == 0)
        {
            return Failed(ErrorCategories.ProviderUnconfigured, "No model provider is configured for this worker.");
        }
        if (ChatRequest.TryCreate(attempt.Job.Input, out var problem) is not { } request)
        {
            return Failed(ErrorCategories.InvalidInput, problem!);
        }
        var chain = hold.ChainOf(attempt.Job.ModelProfile, request.MayFallBack);
        var outlet = await AnswerOutlet.OfAsync(attempt, cancellationToken);
        return await router.ChatAsync(chain, request, ChatCaller.Of(attempt), outlet, cancellationToken) switch
        {
            RoutedResult.NoRoom => new AttemptOutcome.Released(CancellationReason.NoRoom),
            RoutedResult.Answered answered => new AttemptOutcome.Succeeded(Result(answered, attempt.Job.Attempt, Doubts(answered, request))),
            RoutedResult.Failed { Failure: var failure } =>
                new AttemptOutcome.Failed(failure.Error, new FailOptions(Pause: failure.Pause)),
            _ => throw new UnreachableException(),
        };
    }

    IReadOnlyList<string>? Doubts(RoutedResult.Answered routed, ChatRequest request)
    {
        var doubts = AnswerDoubts.Of(routed.By.Provider, request, routed.Call.Answer.Model, routed.Call.Answer.Usage);
        if (doubts is not null)
        {
            LogDoubts(logger, routed.By, string.Join(", ", doubts), routed.Call.Answer.Model);
        }
        return doubts;
    }

    static AttemptOutcome.Failed Failed(string category, string message) => new(new JobError(category, message));

    static JsonElement Result(RoutedResult.Answered routed, int attempts, IReadOnlyList<string>? doubts)
    {
        var answer = routed.Call.Answer;
        var result = new ChatResult
        {
            Content = answer.Content,
            Model = answer.Model ?? routed.By.Provider.Model,
            Usage = answer.WholeUsage,
            DurationMs = (long)routed.Call.Duration.TotalMilliseconds,
            FinishReason = answer.FinishReason!,
            ToolCalls = answer.ToolCalls,
            Choices = answer.Choices,
            Refusal = answer.Refusal,
            Reasoning = answer.Reasoning,
            Provider = routed.By.Provider.Name,
            Attempts = attempts,
            ModelGroup = routed.Group,
            Fallback = routed.Fallback,
            Continued = answer.Continued > 0 ? answer.Continued : null,
            Warnings = doubts,
        };
        return JsonSerializer.SerializeToElement(result, ContractsJson.Default.ChatResult);
    }

    [LoggerMessage(4004, LogLevel.Warning, "{Deployment} gave a doubtful answer ({Doubts}) by model {Model}.")]
    static partial void LogDoubts(ILogger logger, Deployment deployment, string doubts, string? model);
}
