namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>The time limits of fetching one URL: in all, and of silence.</summary>
sealed class FetchPatience : IDisposable
{
    readonly AudioOptions options;
    readonly CancellationTokenSource total;
    readonly CancellationTokenSource silence;
    readonly CancellationTokenSource any;

    public FetchPatience(AudioOptions options, TimeProvider time, CancellationToken ct)
    {
        this.options = options;
        total = new CancellationTokenSource(options.FetchTimeout, time);
        silence = new CancellationTokenSource(options.FetchIdleTimeout, time);
        any = CancellationTokenSource.CreateLinkedTokenSource(ct, total.Token, silence.Token);
    }

    /// <summary>Fires with either limit, and with the caller's own token.</summary>
    public CancellationToken Token => any.Token;

    /// <summary>Which limit was passed, as the rest of a sentence that begins with the host; null for none.</summary>
    public string? Passed => (total.IsCancellationRequested, silence.IsCancellationRequested) switch
    {
        (true, _) => $"did not give the audio within {options.FetchTimeout.TotalSeconds} s (AUDIO_FETCH_TIMEOUT).",
        (_, true) => $"was silent for {options.FetchIdleTimeout.TotalSeconds} s (AUDIO_FETCH_IDLE_TIMEOUT).",
        _ => null,
    };

    public void Heard() => silence.CancelAfter(options.FetchIdleTimeout);

    public void Dispose()
    {
        any.Dispose();
        silence.Dispose();
        total.Dispose();
    }
}
