using System.ClientModel;
using System.Text.Json;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Embeddings;

/// <summary>Asks a provider for embeddings.</summary>
/// <param name="provider">With the model to ask.</param>
sealed class EmbeddingServer(Provider provider, ChatConnection connection, TimeProvider time)
{
    /// <summary>As numbers, embeddings take some five times what is stored of them.</summary>
    const int MostBytes = 64 * 1024 * 1024;

    const string Expected = "a list of embeddings";

    /// <param name="requestId">Shown to the server, to join its log with ours.</param>
    /// <param name="spent">Of the time for a whole answer, what earlier calls took.</param>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> fired.</exception>
    public async Task<EmbeddingCallResult> EmbedAsync(EmbeddingRequest request, string requestId, TimeSpan spent, CancellationToken ct)
    {
        var clock = new AnswerClock(time);
        var (answer, failure) = await TryEmbedAsync(request, requestId, spent, ct);
        return answer is not null
            ? new EmbeddingCallResult.Answered(answer) { Duration = clock.Elapsed }
            : new EmbeddingCallResult.Failed(failure!) { Duration = clock.Elapsed };
    }

    async Task<(EmbeddingAnswer? Answer, ProviderFailure? Failure)> TryEmbedAsync(
        EmbeddingRequest request, string requestId, TimeSpan spent, CancellationToken ct)
    {
        if (connection.Embeddings is not { } dialect)
        {
            return (null, ProviderFailures.CannotBeAsked(provider, "it gives no embeddings.", ModelServer.Unsupported));
        }
        using var patience = new Patience(provider.Limits, spent, time, ct);
        try
        {
            using var response = await dialect.SendAsync(EmbeddingBody.Write(request.Input, provider.Model), requestId, patience.Token);
            if (response.Status is < 200 or >= 300)
            {
                return (null, await ModelServer.RefusalAsync(response, provider, time, patience.Token));
            }
            return await ReadAsync(response, request, patience);
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            // However the closing of the connection showed itself.
            throw new OperationCanceledException(ct);
        }
        catch (Exception failure) when (failure is OperationCanceledException or ClientResultException or HttpRequestException or IOException)
        {
            return (null, ModelServer.Failure(failure, provider, patience));
        }
        catch (JsonException)
        {
            return (null, ProviderFailures.Malformed(provider, Expected));
        }
    }

    async Task<(EmbeddingAnswer? Answer, ProviderFailure? Failure)> ReadAsync(ServerAnswer response, EmbeddingRequest request, Patience patience)
    {
        if (await BoundedBody.ReadAsync(response.Body, MostBytes, null, patience.Heard, patience.Token) is not { } body)
        {
            return (null, ProviderFailures.TooLong(provider, MostBytes, "bytes"));
        }
        var list = JsonSerializer.Deserialize(body.Span, EmbeddingJson.Default.EmbeddingList);
        if (list?.Error is { } error)
        {
            return (null, ContextOverflow.Told(ProviderFailures.OfError(provider, error), error.GetRawText()));
        }
        var answer = EmbeddingAnswer.Of(list, request.Count);
        return (answer, answer is null ? ProviderFailures.Malformed(provider, Expected) : null);
    }
}
