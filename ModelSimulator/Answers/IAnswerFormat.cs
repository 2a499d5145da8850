using System.Text.Json;

namespace AiPlatform.ModelSimulator.Answers;

/// <summary>The shape in which one kind of answer goes over the wire at once.</summary>
interface IAnswerFormat
{
    string ContentType => "application/json";

    void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Choice> choices);
}
