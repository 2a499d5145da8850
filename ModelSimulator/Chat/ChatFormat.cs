using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary><c>chat.completion</c> and <c>chat.completion.chunk</c>, as the request's server writes them.</summary>
sealed partial class ChatFormat(ChatRequest request, string id, long created) : IStreamFormat
{
    readonly Personality personality = request.Personality;

    bool IsVllm => personality.Kind == ServerKind.Vllm;

    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Choice> choices)
    {
        json.WriteStartObject();
        WriteHead(json, "chat.completion");
        json.WriteStartArray("choices");
        foreach (var choice in choices)
        {
            json.WriteStartObject();
            json.WriteNumber("index", choice.Index);
            WriteMessage(json, choice);
            Logprobs.Write(json, request.TopLogprobs, choice.Text, 0, choice.Generated);
            WriteFinish(json, choice);
            if (IsVllm)
                json.WriteNull("token_ids");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteUsage(json, choices.Sum(choice => choice.Generated), choices);
        WriteTail(json);
        json.WriteEndObject();
    }

    public void Open(EventWriter events, Choice choice)
    {
        if (!personality.RoleInEveryChunk)
        {
            var json = BeginChunk(events, choice);
            json.WriteString("role", "assistant");
            json.WriteString("content", "");
            EndChunk(events, json, choice, sent: 0..0);
        }

        if (request.ToolName is { } tool && !personality.WholeToolCalls)
        {
            var json = BeginChunk(events, choice);
            WriteToolCall(json, choice, tool, "");
            EndChunk(events, json, choice, sent: 0..0);
        }
    }

    public void Tokens(EventWriter events, Choice choice, Range tokens)
    {
        var (start, end) = (tokens.Start.Value, tokens.End.Value);
        var thought = Math.Clamp(request.Choices[choice.Index].ThoughtTokens, start, end);
        if (thought > start && personality.ReasoningField is { } field)
        {
            var json = BeginChunk(events, choice);
            json.WriteString(field, choice.Text.Between(start..thought));
            EndChunk(events, json, choice, start..thought);
        }

        if (end == thought || (request.ToolName is not null && personality.WholeToolCalls))
            return;
        WriteContent(events, choice, thought..end);
    }

    public void Close(EventWriter events, Choice choice)
    {
        if (request.ToolName is { } tool && personality.WholeToolCalls)
        {
            var call = BeginChunk(events, choice);
            WriteToolCall(call, choice, tool, choice.Text.First(choice.Generated));
            EndChunk(events, call, choice, sent: choice.Generated..choice.Generated);
        }

        var json = BeginChunk(events, choice);
        if (IsVllm || personality.RoleInEveryChunk)
            json.WriteString("content", "");
        EndChunk(events, json, choice, sent: choice.Generated..choice.Generated, isLast: true);
    }

    public void End(EventWriter events, IReadOnlyList<Choice> choices, bool done)
    {
        if (request.Stream is { IncludeUsage: true })
        {
            var json = events.Begin();
            json.WriteStartObject();
            WriteHead(json, "chat.completion.chunk");
            json.WriteStartArray("choices");
            json.WriteEndArray();
            WriteUsage(json, choices.Sum(choice => choice.Generated), choices);
            json.WriteEndObject();
            events.End();
        }

        if (done)
            events.Done();
    }

    void WriteContent(EventWriter events, Choice choice, Range tokens)
    {
        var json = BeginChunk(events, choice);
        if (request.ToolName is null)
            json.WriteString("content", choice.Streamed(tokens));
        else
            WriteToolCall(json, choice, name: null, choice.Text.Between(tokens));
        EndChunk(events, json, choice, tokens);
    }

    Utf8JsonWriter BeginChunk(EventWriter events, Choice choice)
    {
        var json = events.Begin();
        json.WriteStartObject();
        WriteHead(json, "chat.completion.chunk");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", choice.Index);
        json.WriteStartObject("delta");
        if (personality.RoleInEveryChunk)
            json.WriteString("role", "assistant");
        return json;
    }

    void EndChunk(EventWriter events, Utf8JsonWriter json, Choice choice, Range sent, bool isLast = false)
    {
        var generated = sent.End.Value;
        json.WriteEndObject();
        Logprobs.Write(json, sent.Start.Value < generated ? request.TopLogprobs : null, choice.Text, sent.Start.Value, generated);
        if (isLast)
            WriteFinish(json, choice);
        else
            json.WriteNull("finish_reason");
        json.WriteEndObject();
        json.WriteEndArray();
        if (request.Stream is { ContinuousUsage: true } && IsVllm)
            WriteUsage(json, generated, []);
        else if (request.Stream is { IncludeUsage: true } && personality.Kind is ServerKind.Vllm or ServerKind.OpenAi)
            json.WriteNull("usage");

        // OpenAI pads its chunks, so that their lengths do not tell the words.
        if (personality.Kind == ServerKind.OpenAi)
            json.WriteString("obfuscation", "obfuscated"[..(generated % 10)]);
        json.WriteEndObject();
        events.End();
    }
}
