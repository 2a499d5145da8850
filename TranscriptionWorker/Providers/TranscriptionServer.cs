using System.Text;
using AiPlatform.WorkerRuntime.Providers;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>Sends audio to a provider, once: trying again is the job's part, and paid for each time.</summary>
sealed class TranscriptionServer(TranscriptionConnection connection, IOptions<TranscriptionOptions> options, TimeProvider time)
{
    const int MostAnswerBytes = 16 * 1024 * 1024;
    const int MostErrorBytes = 64 * 1024;

    Provider Provider => connection.Provider;

    /// <exception cref="OperationCanceledException"><paramref name="ct"/> fired. The request is closed by then: the server stops working.</exception>
    public async Task<CallResult> TranscribeAsync(TranscriptionRequest request, CancellationToken ct)
    {
        var sentAt = time.GetTimestamp();
        var (answer, failure) = await TryAsync(request, ct);
        var duration = time.GetElapsedTime(sentAt);
        return answer is not null
            ? new CallResult.Answered(answer) { Duration = duration }
            : new CallResult.Failed(failure!) { Duration = duration };
    }

    async Task<(ServerAnswer? Answer, ProviderFailure? Failure)> TryAsync(TranscriptionRequest request, CancellationToken ct)
    {
        using var total = new CancellationTokenSource(options.Value.Timeout, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(ct, total.Token);
        try
        {
            var (answer, failure) = await SendAsync(request, Provider.GivesTimes, any.Token);
            return failure is { Type: "400" or "422" } && Provider.GivesTimes && IsAboutTheForm(failure.Message)
                ? await SendAsync(request, withTimes: false, any.Token)
                : (answer, failure);
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            // However the closing of the connection showed itself.
            throw new OperationCanceledException(ct);
        }
        catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException or IOException)
        {
            return (null, Failure(failure, total.IsCancellationRequested));
        }
    }

    async Task<(ServerAnswer? Answer, ProviderFailure? Failure)> SendAsync(TranscriptionRequest request, bool withTimes, CancellationToken ct)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(Provider.BaseAddress + "/audio/transcriptions"));
        message.Headers.Add("X-Request-Id", request.Id);
        message.Headers.Accept.ParseAdd("application/json");
        message.Content = TranscriptionForm.Of(request, Provider, withTimes);
        using var response = await connection.Http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, ct);
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        if (!response.IsSuccessStatusCode)
        {
            return (null, await RefusalAsync(response, stream, ct));
        }
        if (await BoundedBody.ReadAsync(stream, MostAnswerBytes, response.Content.Headers.ContentLength, null, ct) is not { } body)
        {
            return (null, ProviderFailures.TooLong(Provider, MostAnswerBytes, "bytes"));
        }
        var answer = ServerAnswer.TryRead(body, out var error);
        return answer is not null ? (answer, null)
            : (null, error is { } said ? ProviderFailures.OfError(Provider, said) : ProviderFailures.Malformed(Provider, "a transcription"));
    }

    async Task<ProviderFailure> RefusalAsync(HttpResponseMessage response, Stream stream, CancellationToken ct)
    {
        var body = new byte[MostErrorBytes];
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, ct);
        return ProviderFailures.OfStatus(
            Provider,
            (int)response.StatusCode,
            ErrorText.In(Encoding.UTF8.GetString(body, 0, length), Provider),
            ProviderFailures.RetryAfter(response.Headers.RetryAfter?.ToString(), null, time.GetUtcNow()));
    }

    ProviderFailure Failure(Exception failure, bool isTooSlow)
    {
        if (isTooSlow)
        {
            return ProviderFailures.TimedOut(Provider, $"did not answer within {options.Value.Timeout.TotalSeconds} s (TRANSCRIPTION_TIMEOUT).");
        }
        // Of the limits, only that on connecting is the handler's; it shows itself as a cancellation that nobody asked for.
        return failure is OperationCanceledException
            ? ProviderFailures.TimedOut(
                Provider, $"did not accept a connection within {options.Value.ConnectTimeout.TotalSeconds} s (TRANSCRIPTION_CONNECT_TIMEOUT).")
            : ProviderFailures.OfConnection(Provider, failure);
    }

    /// <summary>Servers with Whisper behind them give times, but for some models or releases; asked without, they transcribe as well.</summary>
    static bool IsAboutTheForm(string message) =>
        message.Contains("verbose_json", StringComparison.Ordinal)
        || message.Contains("response_format", StringComparison.Ordinal)
        || message.Contains("timestamp_granularities", StringComparison.Ordinal);
}
