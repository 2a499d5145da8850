using System.Globalization;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>
/// The time limits of one call: in all, and between two pieces of an answer that comes in pieces. Before the first piece only the first counts, as
/// a busy server lets a request wait in its line.
/// </summary>
sealed class ClipPatience : IDisposable
{
    // After the model has finished, only usage and the end of the stream are to come.
    static readonly TimeSpan Ending = TimeSpan.FromSeconds(2);
    static readonly TimeSpan Least = TimeSpan.FromSeconds(60);
    const double TimesLength = 3;

    readonly TranscriptionOptions options;
    readonly CancellationTokenSource total;
    readonly CancellationTokenSource silence;
    readonly CancellationTokenSource any;

    public ClipPatience(TranscriptionOptions options, double seconds, TimeProvider time, CancellationToken ct)
    {
        this.options = options;
        Budget = Of(options, seconds);
        Time = time;
        total = new CancellationTokenSource(Budget, time);
        silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        any = CancellationTokenSource.CreateLinkedTokenSource(ct, total.Token, silence.Token);
    }

    public TimeSpan Budget { get; private set; }

    public TimeProvider Time { get; }

    /// <summary>Fires with either limit, and with the caller's own token.</summary>
    public CancellationToken Token => any.Token;

    /// <summary>Which limit was passed, as the rest of a sentence that begins with the server; null for none.</summary>
    public string? Passed => (total.IsCancellationRequested, silence.IsCancellationRequested) switch
    {
        (true, _) when Budget == options.Timeout => Said($"did not answer within {Budget.TotalSeconds} s (TRANSCRIPTION_TIMEOUT)."),
        (true, _) => Said($"did not answer within {Budget.TotalSeconds} s: three times the clip's length, and a minute at the least."),
        (_, true) => Said($"fell silent for {options.IdleTimeout.TotalSeconds} s in the middle of its answer (TRANSCRIPTION_IDLE_TIMEOUT)."),
        _ => null,
    };

    /// <summary>The clip stands in the server's own line from now on, which may be long: only <c>TRANSCRIPTION_TIMEOUT</c> counts.</summary>
    public void Queued()
    {
        Budget = options.Timeout;
        total.CancelAfter(Budget);
    }

    /// <summary>A request goes out: how long its answer takes to begin is up to the server.</summary>
    public void Asked() => silence.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>Some of the answer came.</summary>
    public void Heard() => silence.CancelAfter(options.IdleTimeout);

    /// <summary>The answer is whole.</summary>
    public void Finished() => silence.CancelAfter(options.IdleTimeout < Ending ? options.IdleTimeout : Ending);

    public void Dispose()
    {
        any.Dispose();
        silence.Dispose();
        total.Dispose();
    }

    static TimeSpan Of(TranscriptionOptions options, double seconds)
    {
        var fair = TimeSpan.FromSeconds(Math.Max(Least.TotalSeconds, Math.Ceiling(TimesLength * seconds)));
        return fair < options.Timeout ? fair : options.Timeout;
    }

    static string Said(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
