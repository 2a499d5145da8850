using System.Text.Json;
using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Answers;

/// <summary>The shapes in which one kind of answer goes over the wire.</summary>
interface IAnswerFormat
{
    void WriteWhole(Utf8JsonWriter json, ReadOnlySpan<char> text, int tokens, FinishReason finish);

    /// <summary>What comes before the first token of a stream.</summary>
    void Open(EventWriter events);

    void Token(EventWriter events, ReadOnlySpan<char> token, int generated);

    /// <summary>Finish reason, and usage where it was asked for; <c>[DONE]</c> is the sender's.</summary>
    void Close(EventWriter events, int generated, FinishReason finish);
}
