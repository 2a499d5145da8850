namespace AiPlatform.LlmWorker.Chat;

/// <summary>When the parts of an answer came.</summary>
sealed class AnswerClock(TimeProvider time)
{
    readonly long sentAt = time.GetTimestamp();
    long firstAt;
    long lastAt;
    int chunks;

    public TimeSpan Elapsed => time.GetElapsedTime(sentAt);

    public TimeSpan? ToFirst => chunks == 0 ? null : time.GetElapsedTime(sentAt, firstAt);

    public TimeSpan? PerChunk => chunks < 2 ? null : time.GetElapsedTime(firstAt, lastAt) / (chunks - 1);

    public void Chunk()
    {
        lastAt = time.GetTimestamp();
        firstAt = chunks++ == 0 ? lastAt : firstAt;
    }
}
