using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.WorkerRuntime;

namespace AiPlatform.LlmWorker;

/// <summary>Chats and analyses: sends the messages to the provider, passes tokens on as they come, answers <see cref="ChatResult"/>.</summary>
sealed class ChatJobHandler(ModelDirectory models, LlmTelemetry telemetry, TimeProvider time) : IJobHandler
{
    public string Kind => "llm";

    public IReadOnlyList<string> TaskTypes { get; } = ["llm_chat", "chat_completion", "call_analysis"];

    public IReadOnlyList<string> ModelProfiles { get; } = models.Profiles;

    public IReadOnlyList<ProviderReport> ProviderReports() => models.AsSet.Reports();

    public async Task<AttemptOutcome> RunAsync(Attempt attempt, CancellationToken cancellationToken)
    {
        if (models.For(attempt.Job.ModelProfile) is not var (provider, connection))
        {
            return Failed(ErrorCategories.ProviderUnconfigured, "No model provider is configured for this worker.");
        }
        if (ChatRequest.TryCreate(attempt.Job.Input, provider.Model, out var problem) is not { } request)
        {
            return Failed(ErrorCategories.InvalidInput, problem!);
        }

        using var span = telemetry.Start(provider, request);
        var server = new ModelServer(provider, connection, time);
        var result = await server.ChatAsync(request, attempt.Job.Id.ToString(), attempt.AppendToken, cancellationToken);
        telemetry.End(span, provider, result);

        var failure = (result as ChatCallResult.Failed)?.Failure;
        connection.State.Called(failure);
        return result is ChatCallResult.Answered answered
            ? new AttemptOutcome.Succeeded(Result(answered, provider, attempt.Job.Attempt))
            : new AttemptOutcome.Failed(new JobError(failure!.Category, failure.Message), new FailOptions(Pause: failure.Pause));
    }

    static AttemptOutcome.Failed Failed(string category, string message) => new(new JobError(category, message));

    static JsonElement Result(ChatCallResult.Answered answered, Provider provider, int attempts)
    {
        var result = new ChatResult
        {
            Content = answered.Answer.Content,
            Model = answered.Answer.Model ?? provider.Model,
            Usage = answered.Answer.Usage,
            DurationMs = (long)answered.Duration.TotalMilliseconds,
            FinishReason = answered.Answer.FinishReason!,
            ToolCalls = answered.Answer.ToolCalls,
            Provider = provider.Name,
            Attempts = attempts,
        };
        return JsonSerializer.SerializeToElement(result, ContractsJson.Default.ChatResult);
    }
}
