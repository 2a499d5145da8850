namespace AiPlatform.TranscriptionWorker.Quality;

/// <summary>Whether a clip's text can be believed.</summary>
abstract record QualityVerdict
{
    public const string EmptyText = "empty_text";
    public const string TooFast = "too_fast";
    public const string Repetition = "repetition";
    public const string Truncated = "truncated";

    QualityVerdict()
    {
    }

    public sealed record Good : QualityVerdict;

    /// <param name="Reason">One of the words above.</param>
    public sealed record Suspect(string Reason) : QualityVerdict;
}
