using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Answers;

/// <summary>The shape in which one kind of answer goes over the wire token by token.</summary>
interface IStreamFormat : IAnswerFormat
{
    /// <summary>What is told at once, before there is any token.</summary>
    void Begin(EventWriter events)
    {
    }

    /// <summary>What comes before the first token of a choice.</summary>
    void Open(EventWriter events, Choice choice);

    void Tokens(EventWriter events, Choice choice, Range tokens);

    /// <summary>The choice's finish reason.</summary>
    void Close(EventWriter events, Choice choice);

    /// <summary>Usage where it was asked for, and the event that says that the stream is over, unless it is to be missed.</summary>
    void End(EventWriter events, IReadOnlyList<Choice> choices, bool done);

    /// <summary>An error in the middle, where this kind of stream has its own shape for it, whatever the server has for others.</summary>
    bool WriteError(EventWriter events, ApiError error) => false;
}
