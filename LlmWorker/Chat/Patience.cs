namespace AiPlatform.LlmWorker.Chat;

/// <summary>The time limits of one call: to the first token, between tokens, and in all. A limit on reading headers alone would let a stream
/// that falls silent hang for ever.</summary>
sealed class Patience : IDisposable
{
    // After the model has finished, only usage and the end of the stream are to come.
    static readonly TimeSpan Ending = TimeSpan.FromSeconds(2);

    readonly LlmOptions options;
    readonly CancellationTokenSource total;
    readonly CancellationTokenSource current;
    readonly CancellationTokenSource any;
    bool heard;

    public Patience(LlmOptions options, TimeProvider time, CancellationToken ct)
    {
        this.options = options;
        total = new CancellationTokenSource(options.Timeout, time);
        current = new CancellationTokenSource(options.FirstTokenTimeout, time);
        any = CancellationTokenSource.CreateLinkedTokenSource(ct, total.Token, current.Token);
    }

    /// <summary>Fires with any of the limits, and with the caller's own token.</summary>
    public CancellationToken Token => any.Token;

    /// <summary>Which limit was passed, as the rest of a sentence that begins with the server; null for none.</summary>
    public string? Passed => (total.IsCancellationRequested, current.IsCancellationRequested, heard) switch
    {
        (true, _, _) => $"did not finish its answer within {options.Timeout.TotalSeconds} s (LLM_TIMEOUT).",
        (_, true, false) => $"sent no token within {options.FirstTokenTimeout.TotalSeconds} s (LLM_FIRST_TOKEN_TIMEOUT).",
        (_, true, true) => $"fell silent for {options.IdleTimeout.TotalSeconds} s in the middle of its answer (LLM_IDLE_TIMEOUT).",
        _ => null,
    };

    /// <summary>The model said something.</summary>
    public void Heard()
    {
        heard = true;
        current.CancelAfter(options.IdleTimeout);
    }

    /// <summary>The model has finished.</summary>
    public void Finished() => current.CancelAfter(options.IdleTimeout < Ending ? options.IdleTimeout : Ending);

    public void Dispose()
    {
        any.Dispose();
        current.Dispose();
        total.Dispose();
    }
}
