using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>The time limits of one call: to the first token, between tokens, and in all. A limit on reading headers alone would let a stream
/// that falls silent hang for ever.</summary>
sealed class Patience : IDisposable
{
    // After the model has finished, only usage and the end of the stream are to come.
    static readonly TimeSpan Ending = TimeSpan.FromSeconds(2);

    // Between the start of a run and its first call.
    static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    readonly ChatLimits limits;
    readonly TimeSpan spent;
    readonly CancellationTokenSource total;
    readonly CancellationTokenSource current;
    readonly CancellationTokenSource any;
    bool heard;

    public Patience(ChatLimits limits, TimeSpan spent, TimeProvider time, CancellationToken ct)
    {
        (this.limits, this.spent) = (limits, spent);
        total = new CancellationTokenSource(limits.Total.Time > spent ? limits.Total.Time - spent : TimeSpan.Zero, time);
        current = new CancellationTokenSource(limits.FirstToken.Time, time);
        any = CancellationTokenSource.CreateLinkedTokenSource(ct, total.Token, current.Token);
    }

    /// <summary>Fires with any of the limits, and with the caller's own token.</summary>
    public CancellationToken Token => any.Token;

    /// <summary>Which limit was passed, as the rest of a sentence that begins with the server; null for none.</summary>
    public string? Passed => (total.IsCancellationRequested, current.IsCancellationRequested, heard) switch
    {
        (true, _, _) => $"did not finish its answer within {limits.Total.Time.TotalSeconds} s ({limits.Total.Setting}).",
        (_, true, false) => $"sent no token within {limits.FirstToken.Time.TotalSeconds} s ({limits.FirstToken.Setting}).",
        (_, true, true) => $"fell silent for {limits.Idle.Time.TotalSeconds} s in the middle of its answer ({limits.Idle.Setting}).",
        _ => null,
    };

    /// <summary>Whether the time for a whole answer has passed, and earlier calls took more than a moment of it.</summary>
    public bool WasShort => total.IsCancellationRequested && spent > Moment;

    /// <summary>The model said something.</summary>
    public void Heard()
    {
        heard = true;
        current.CancelAfter(limits.Idle.Time);
    }

    /// <summary>The model has finished.</summary>
    public void Finished() => current.CancelAfter(limits.Idle.Time < Ending ? limits.Idle.Time : Ending);

    public void Dispose()
    {
        any.Dispose();
        current.Dispose();
        total.Dispose();
    }
}
