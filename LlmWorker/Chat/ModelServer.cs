using System.ClientModel;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.WorkerRuntime;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>Sends a chat to a provider and reads its answer as it comes.</summary>
/// <param name="provider">With the model to ask.</param>
sealed class ModelServer(Provider provider, ChatConnection connection, TimeProvider time)
{
    /// <summary>The <see cref="ProviderFailure.Type"/> of a request that this kind of server cannot be sent.</summary>
    public const string Unsupported = "unsupported";

    /// <summary>That of an answer cut by the time for all calls together, where earlier ones took of it.</summary>
    public const string OutOfTime = "out_of_time";

    const int MostErrorBytes = 64 * 1024;

    /// <param name="requestId">Shown to the server, to join its log with ours.</param>
    /// <param name="onText">Given each piece of text as it comes.</param>
    /// <param name="spent">Of the time for a whole answer, what earlier calls took.</param>
    /// <param name="ct">When it fires, the request is closed, and the server stops generating.</param>
    public async Task<ChatCallResult> ChatAsync(
        ChatRequest request, string requestId, Action<TextPiece> onText, TimeSpan spent, CancellationToken ct)
    {
        var clock = new AnswerClock(time);
        var answer = new ChatAnswer(request.Prefix, request.Choices);
        ProviderFailure? failure;
        try
        {
            failure = await TryChatAsync(request, requestId, answer, onText, clock, spent, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return new ChatCallResult.Stopped { Answer = answer, Duration = clock.Elapsed, TimeToFirstToken = clock.ToFirst, TimePerChunk = clock.PerChunk };
        }
        return failure is null
            ? new ChatCallResult.Answered { Answer = answer, Duration = clock.Elapsed, TimeToFirstToken = clock.ToFirst, TimePerChunk = clock.PerChunk }
            : new ChatCallResult.Failed(failure) { Answer = answer, Duration = clock.Elapsed, TimeToFirstToken = clock.ToFirst, TimePerChunk = clock.PerChunk };
    }

    async Task<ProviderFailure?> TryChatAsync(
        ChatRequest request, string requestId, ChatAnswer answer, Action<TextPiece> onText, AnswerClock clock, TimeSpan spent, CancellationToken ct)
    {
        if (connection.Dialect.TryPrepare(provider, request, out var obstacle) is not { } prepared)
        {
            return ProviderFailures.CannotBeAsked(provider, obstacle!, Unsupported);
        }
        using var patience = new Patience(provider.Limits, spent, time, ct);
        try
        {
            using var response = await connection.Dialect.SendAsync(prepared.Body, requestId, patience.Token);
            if (response.Status is < 200 or >= 300)
            {
                return await RefusalAsync(response, provider, time, patience.Token);
            }
            return await ReadAsync(response, prepared.Reader, answer, onText, clock, patience)
                ?? (request.NeedsText && string.IsNullOrWhiteSpace(answer.Content) ? ProviderFailures.Empty(provider) : null);
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            // However the closing of the connection showed itself.
            throw new OperationCanceledException(ct);
        }
        catch (Exception failure) when (failure is OperationCanceledException or ClientResultException or HttpRequestException or IOException)
        {
            return Failure(failure, provider, patience);
        }
        catch (JsonException)
        {
            return ProviderFailures.Malformed(provider, "a chat completion");
        }
    }

    async Task<ProviderFailure?> ReadAsync(
        ServerAnswer response, IChunkReader reader, ChatAnswer answer, Action<TextPiece> onText, AnswerClock clock, Patience patience)
    {
        if (response.MediaType == "application/json")
        {
            // The server does not stream, or reports an error under a good status.
            var whole = await JsonSerializer.DeserializeAsync(response.Body, ChatJson.Default.ChatChunk, patience.Token);
            return Add(whole, answer, onText, clock, patience)
                ?? (answer.FinishReason is null ? ProviderFailures.Malformed(provider, "a chat completion") : Unfinished(answer));
        }
        try
        {
            await foreach (var item in SseParser.Create(response.Body, reader.Read).EnumerateAsync(patience.Token))
            {
                if (item.Data is { } chunk && Add(chunk, answer, onText, clock, patience) is { } failure)
                {
                    return failure;
                }
            }
        }
        catch (Exception failure) when (
            answer.IsWhole && failure is OperationCanceledException or IOException or HttpRequestException)
        {
            // The answer was complete; a server that keeps the connection or drops it takes nothing from it.
        }
        return Unfinished(answer);
    }

    ProviderFailure? Add(ChatChunk? chunk, ChatAnswer answer, Action<TextPiece> onText, AnswerClock clock, Patience patience)
    {
        if (chunk?.Error is { } error)
        {
            return ContextOverflow.Told(ProviderFailures.OfError(provider, error), error.GetRawText());
        }
        if (chunk is not null && answer.Add(chunk, onText))
        {
            clock.Chunk();
            patience.Heard();
        }
        if (answer.IsWhole)
        {
            patience.Finished();
        }
        return answer.IsTooLong ? ProviderFailures.TooLong(provider, ChatAnswer.MostCharacters, "characters") : null;
    }

    /// <summary>What is missing of an answer that has ended; null for nothing.</summary>
    ProviderFailure? Unfinished(ChatAnswer answer) => answer switch
    {
        { IsWhole: true } => null,
        // Some servers pass over 'n'.
        { FinishReason: not null, Fewer: { } count } => ProviderFailures.CannotBeAsked(
            provider, $"of the answers that 'n' asks for it gave {count}.", Unsupported),
        _ => ProviderFailures.Cut(provider),
    };

    /// <summary>What an answer of a bad status means.</summary>
    internal static async Task<ProviderFailure> RefusalAsync(ServerAnswer response, Provider provider, TimeProvider time, CancellationToken ct)
    {
        var body = new byte[MostErrorBytes];
        var length = await response.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, ct);
        var said = Encoding.UTF8.GetString(body, 0, length);
        var retryAfter = ProviderFailures.RetryAfter(response.Header("Retry-After"), response.Header("retry-after-ms"), time.GetUtcNow());
        return ContextOverflow.Told(ProviderFailures.OfStatus(provider, response.Status, ErrorText.In(said, provider), retryAfter), said);
    }

    /// <summary>What a call that broke off means.</summary>
    internal static ProviderFailure Failure(Exception failure, Provider provider, Patience patience)
    {
        if (patience.Passed is { } passed)
        {
            var timeout = ProviderFailures.TimedOut(provider, passed);
            return patience.WasShort ? timeout with { Type = OutOfTime } : timeout;
        }
        // Of the limits, only that on connecting is the handler's; it shows itself as a cancellation that nobody asked for.
        var limit = provider.Limits.Connect;
        return failure is OperationCanceledException || failure.GetBaseException() is TimeoutException
            ? ProviderFailures.TimedOut(provider, $"did not accept a connection within {limit.Time.TotalSeconds} s ({limit.Setting}).")
            : ProviderFailures.OfConnection(provider, failure);
    }
}
