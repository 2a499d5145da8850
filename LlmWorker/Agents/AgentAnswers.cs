using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.WorkerRuntime.Providers;
using Microsoft.Extensions.Options;

namespace AiPlatform.LlmWorker.Agents;

/// <summary>Answers messages to agents: by a model, or, where none can, by the polite text that is kept for that.</summary>
sealed partial class AgentAnswers(
    ChatRouter router, LlmTelemetry telemetry, IOptions<AgentOptions> options, TimeProvider time, ILogger<AgentAnswers> logger)
{
    /// <param name="chain">The group that is to answer, then those it may fall back to; empty where none is configured.</param>
    /// <param name="group">What the group is called, for the log.</param>
    /// <returns>Null where the models had too much to do, and were not asked.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> fired: whatever was going on says nothing of the models.</exception>
    public async Task<AgentResult?> AnswerAsync(
        AgentInput input, IReadOnlyList<DeploymentGroup> chain, string group, ChatCaller caller, CancellationToken ct)
    {
        var failure = new ProviderFailure(ErrorCategories.ProviderUnconfigured, $"No model is configured for '{group}'.", "unconfigured");
        if (chain.Count > 0)
        {
            switch (await AskAsync(input, chain, caller, ct))
            {
                case RoutedResult.Answered answered:
                    return Result(input, answered);
                case RoutedResult.NoRoom:
                    return null;
                case RoutedResult.Failed failed:
                    failure = failed.Failure;
                    break;
                default:
                    throw new UnreachableException();
            }
        }
        ct.ThrowIfCancellationRequested();
        return Fallback(input, caller.RequestId, failure);
    }

    /// <summary>What is answered where the models have too much to do and the message cannot wait for them.</summary>
    public AgentResult Fallback(AgentInput input, string group, Guid jobId) => Fallback(
        input, jobId.ToString(), new ProviderFailure(ErrorCategories.ProvidersExhausted, $"The models of '{group}' have too much to do.", "no_room"));

    AgentResult Fallback(AgentInput input, string jobId, ProviderFailure failure)
    {
        LogFallback(logger, jobId, failure.Error.Category, failure.ForLog);
        telemetry.AgentFellBack(failure);
        return new AgentResult
        {
            MessageId = input.Message.Id,
            Response = options.Value.FallbackText,
            TenantId = input.Message.TenantId,
            Fallback = true,
            ErrorCategory = failure.Error.Category,
        };
    }

    /// <summary>Nobody sees the text before it is whole, so a model that breaks off is replaced by the next.</summary>
    async Task<RoutedResult> AskAsync(AgentInput input, IReadOnlyList<DeploymentGroup> chain, ChatCaller caller, CancellationToken ct)
    {
        var timeout = options.Value.Timeout;
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            return await router.ChatAsync(chain, ChatRequest.ForText(Body(input)), caller, AnswerOutlet.Unseen, either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new RoutedResult.Failed(new ProviderFailure(
                ErrorCategories.ProviderTimeout, $"There was no answer within {timeout.TotalSeconds} s (AGENT_TIMEOUT).", "timeout"));
        }
    }

    static JsonElement Body(AgentInput input)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("messages");
            foreach (var message in AgentPrompt.Of(input))
            {
                json.WriteStartObject();
                json.WriteString("role", message.Role);
                json.WriteString("content", message.Content);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    static AgentResult Result(AgentInput input, RoutedResult.Answered routed)
    {
        var answer = routed.Call.Answer;
        return new AgentResult
        {
            MessageId = input.Message.Id,
            Response = answer.Content!,
            TenantId = input.Message.TenantId,
            Fallback = false,
            Model = answer.Model ?? routed.By.Provider.Model,
            Provider = routed.By.Provider.Name,
            ModelGroup = routed.Group,
            Usage = answer.Usage,
            DurationMs = (long)routed.Call.Duration.TotalMilliseconds,
        };
    }

    [LoggerMessage(4040, LogLevel.Warning, "Job {JobId}: no model answered the message, and its sender gets the fallback text. {ErrorCategory}: {ErrorMessage}")]
    static partial void LogFallback(ILogger logger, string jobId, string errorCategory, string errorMessage);
}
