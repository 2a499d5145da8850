namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>The time limits of fetching one URL: in all, of silence, and of a trickle.</summary>
sealed class FetchPatience : IDisposable
{
    static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    readonly AudioOptions options;
    readonly TimeProvider time;
    readonly CancellationTokenSource trickle = new();
    readonly CancellationTokenSource total;
    readonly CancellationTokenSource silence;
    readonly CancellationTokenSource any;
    long windowBegan;
    long windowBytes;

    public FetchPatience(AudioOptions options, TimeProvider time, CancellationToken ct)
    {
        (this.options, this.time) = (options, time);
        total = new CancellationTokenSource(options.FetchTimeout, time);
        silence = new CancellationTokenSource(options.FetchIdleTimeout, time);
        any = CancellationTokenSource.CreateLinkedTokenSource(ct, total.Token, silence.Token, trickle.Token);
    }

    /// <summary>Fires with any limit, and with the caller's own token.</summary>
    public CancellationToken Token => any.Token;

    /// <summary>Which limit was passed, as the rest of a sentence that begins with the host; null for none.</summary>
    public string? Passed => (total.IsCancellationRequested, silence.IsCancellationRequested, trickle.IsCancellationRequested) switch
    {
        (true, _, _) => $"did not give the audio within {options.FetchTimeout.TotalSeconds} s (AUDIO_FETCH_TIMEOUT).",
        (_, true, _) => $"was silent for {options.FetchIdleTimeout.TotalSeconds} s (AUDIO_FETCH_IDLE_TIMEOUT).",
        (_, _, true) => $"brought less than {options.FetchMinBytesPerSecond} bytes a second over {Window.TotalSeconds} s (AUDIO_FETCH_MIN_BYTES_PER_SECOND).",
        _ => null,
    };

    /// <summary>An answer has begun. How much it brings is counted from here on.</summary>
    public void Heard()
    {
        silence.CancelAfter(options.FetchIdleTimeout);
        (windowBegan, windowBytes) = (time.GetTimestamp(), 0);
    }

    public void Brought(int bytes)
    {
        silence.CancelAfter(options.FetchIdleTimeout);
        windowBytes += bytes;
        var elapsed = time.GetElapsedTime(windowBegan);
        if (elapsed < Window)
        {
            return;
        }
        if (windowBytes < options.FetchMinBytesPerSecond * elapsed.TotalSeconds)
        {
            trickle.Cancel();
        }
        (windowBegan, windowBytes) = (time.GetTimestamp(), 0);
    }

    public void Dispose()
    {
        any.Dispose();
        silence.Dispose();
        trickle.Dispose();
        total.Dispose();
    }
}
