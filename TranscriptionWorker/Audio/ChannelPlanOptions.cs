namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>How a job wants its audio cut.</summary>
/// <param name="MaxChunkSeconds">The longest chunk, in seconds. Default 30; 5 to 600.</param>
sealed record ChannelPlanOptions(double MaxChunkSeconds = ChannelPlanOptions.DefaultChunkSeconds)
{
    public const double DefaultChunkSeconds = 30;
    public const double LeastChunkSeconds = 5;
    public const double MostChunkSeconds = 600;
}
