namespace AiPlatform.Contracts;

/// <summary>What the caller's words (owner, task type, profile, reference) may hold.</summary>
static class Words
{
    /// <summary>Anything but control characters: a NUL cannot be stored, and a line break would forge a log line.</summary>
    public const string Printable = @"^[^\x00-\x1f\x7f]+$";

    public const string PrintableMessage = "must not be empty or hold control characters.";
}
