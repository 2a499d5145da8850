using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>Asks a provider, once: gives it its time, tells what an end of the call means, and remembers and measures how it went.</summary>
sealed class Transcriber(
    TranscriptionConnection connection, IClipProtocol protocol, TranscriptionOptions options, TranscriptionTelemetry telemetry, TimeProvider time)
    : ITranscriber
{
    public Provider Provider => connection.Provider;

    public async Task<ClipResult> TranscribeAsync(ClipRequest clip, CancellationToken ct)
    {
        using var span = telemetry.Start(Provider, clip.Seconds);
        using var patience = new ClipPatience(options, clip.Seconds, time, ct);
        var sentAt = time.GetTimestamp();
        var answer = await AskAsync(clip, patience, ct);
        var duration = time.GetElapsedTime(sentAt);
        ClipResult result = answer.Failure is { } failure
            ? new ClipResult.Failed(failure, ClipRefusals.Of(failure)) { Duration = duration }
            : new ClipResult.Answered(answer.Transcript!) { Duration = duration };
        telemetry.End(span, Provider, result);
        connection.State.Called(answer.Failure);
        connection.Rest.Called(answer.Failure);
        return result;
    }

    async Task<ClipAnswer> AskAsync(ClipRequest clip, ClipPatience patience, CancellationToken ct)
    {
        try
        {
            return await protocol.AskAsync(clip, patience);
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            // However the closing of the connection showed itself.
            throw new OperationCanceledException(ct);
        }
        catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException or IOException)
        {
            return Failure(failure, patience);
        }
    }

    ProviderFailure Failure(Exception failure, ClipPatience patience)
    {
        if (patience.Passed is { } passed)
        {
            return ProviderFailures.TimedOut(Provider, passed);
        }
        // Of the limits, only that on connecting is the handler's; it shows itself as a cancellation that nobody asked for.
        return failure is OperationCanceledException
            ? ProviderFailures.TimedOut(
                Provider, $"did not accept a connection within {options.ConnectTimeout.TotalSeconds} s (TRANSCRIPTION_CONNECT_TIMEOUT).")
            : ProviderFailures.OfConnection(Provider, failure);
    }
}
