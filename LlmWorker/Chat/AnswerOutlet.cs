using AiPlatform.WorkerRuntime;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>Where the text of an answer goes as it comes: to those who watch the job.</summary>
/// <param name="Say">Given each piece of text.</param>
sealed record AnswerOutlet(Action<TextPiece> Say)
{
    /// <summary>For an answer that nobody sees before it is whole: a call that breaks off may be made anew elsewhere.</summary>
    public static readonly AnswerOutlet Unseen = new(_ => { }) { IsSeen = false };

    public bool IsSeen { get; private init; } = true;

    /// <summary>What earlier runs of the job said; null where nothing.</summary>
    public EarlierText? Earlier { get; init; }

    /// <summary>Told before the first piece that goes on with <see cref="Earlier"/>; false where the text has to begin anew.</summary>
    public Func<EarlierText, CancellationToken, Task<bool>> ContinueAsync { get; init; } = (_, _) => Task.FromResult(true);

    /// <summary>Told where the text begins anew.</summary>
    public Action Restart { get; init; } = () => { };

    public static async Task<AnswerOutlet> OfAsync(Attempt attempt, CancellationToken ct) => new(attempt.AppendText)
    {
        Earlier = await attempt.TakeEarlierTextAsync(ct),
        ContinueAsync = attempt.ContinueTextAsync,
        Restart = attempt.RestartText,
    };
}
