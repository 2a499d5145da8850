using AiPlatform.ModelSimulator.Audio;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>
/// What matters of the messages: how many tokens they are, the last thing the user said, what the assistant said where the last message is its own
/// (else empty), and the beginning of the answer where the model is to go on with one (else empty).
/// </summary>
sealed record ChatPrompt(int Tokens, string LastUserText, string FinalAssistantText, string Beginning)
{
    /// <summary>What is heard in the last recording of the messages, which is then the answer.</summary>
    public Heard? Heard { get; init; }
}
