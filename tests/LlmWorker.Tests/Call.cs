using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>One call to a server, with the worker's own client.</summary>
static class Call
{
    public const string Hello = """{"user":"Hello"}""";

    public static LlmOptions Options(Uri server, string? key = null) => new() { BaseUrl = server, ApiKey = key };

    public static Task<ChatCallResult> ToAsync(Uri server, string input = Hello, Action<string>? onText = null, CancellationToken? ct = null) =>
        WithAsync(Options(server), input, onText, ct);

    public static Task<ChatCallResult> WithAsync(LlmOptions options, string input = Hello, Action<string>? onText = null, CancellationToken? ct = null) =>
        OfAsync(ProviderChoice.Of(options)!, input, onText, ct);

    public static async Task<ChatCallResult> OfAsync(Provider provider, string input = Hello, Action<string>? onText = null, CancellationToken? ct = null)
    {
        using var connection = new ChatConnection(provider);
        var request = ChatRequest.TryCreate(JsonElement.Parse(input), out var problem);
        Assert.Null(problem);
        var result = await new ModelServer(provider, connection, TimeProvider.System).ChatAsync(
            request!, "request-1", piece => onText?.Invoke(piece.Text), TimeSpan.Zero, ct ?? TestContext.Current.CancellationToken);
        return result is ChatCallResult.Stopped ? throw new OperationCanceledException(ct!.Value) : result;
    }

    public static ChatAnswer Answer(this ChatCallResult result) => result is ChatCallResult.Answered answered
        ? answered.Answer
        : throw new InvalidOperationException($"No answer: {result}");

    public static ChatResult ChatResult(this JobView job) => job is { Status: JobStatus.Completed, Result: { } result }
        ? result.Deserialize(ContractsJson.Default.ChatResult)!
        : throw new InvalidOperationException($"Job {job.Id} is {job.Status}: {job.Error}");

    public static ProviderFailure Failure(this ChatCallResult result) => Assert.IsType<ChatCallResult.Failed>(result).Failure;
}
