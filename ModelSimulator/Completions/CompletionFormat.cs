using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Completions;

/// <summary><c>text_completion</c>, whole and in a stream, as vLLM and OpenAI write it.</summary>
sealed class CompletionFormat(CompletionRequest request, string id, long created) : IStreamFormat
{
    bool IsVllm => request.Personality.Kind == ServerKind.Vllm;

    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Choice> choices)
    {
        Begin(json);
        foreach (var choice in choices)
        {
            var answer = choice.Text.First(choice.Generated);
            WriteChoice(json, choice, request.Echo ? string.Concat(Prompt(choice), answer) : answer, 0..choice.Generated, hasPrompt: request.Echo, isLast: true);
        }

        json.WriteEndArray();
        WriteUsage(json, choices.Sum(choice => choice.Generated), choices);
        if (IsVllm)
        {
            json.WriteNull("service_tier");
            json.WriteNull("kv_transfer_params");
        }

        json.WriteEndObject();
    }

    public void Open(EventWriter events, Choice choice) => OpenEcho(events, choice);

    public void Tokens(EventWriter events, Choice choice, Range tokens) => Chunk(events, choice, choice.Streamed(tokens), tokens, tokens.End.Value);

    public void Close(EventWriter events, Choice choice)
    {
        // Then nothing has opened it.
        if (choice.Generated == 0)
            OpenEcho(events, choice);
        Chunk(events, choice, "", choice.Generated..choice.Generated, choice.Generated, isLast: true);
    }

    public void End(EventWriter events, IReadOnlyList<Choice> choices, bool done)
    {
        if (request.Stream is { IncludeUsage: true })
        {
            var json = events.Begin();
            Begin(json);
            json.WriteEndArray();
            WriteUsage(json, choices.Sum(choice => choice.Generated), choices);
            json.WriteEndObject();
            events.End();
        }

        if (done)
            events.Done();
    }

    string Prompt(Choice choice) => request.PromptTexts[choice.Index];

    void OpenEcho(EventWriter events, Choice choice)
    {
        if (request.Echo)
            Chunk(events, choice, Prompt(choice), 0..0, 0, hasPrompt: true);
    }

    void Chunk(EventWriter events, Choice choice, ReadOnlySpan<char> text, Range tokens, int generated, bool hasPrompt = false, bool isLast = false)
    {
        var json = events.Begin();
        Begin(json);
        WriteChoice(json, choice, text, tokens, hasPrompt, isLast);
        json.WriteEndArray();
        if (request.Stream is { ContinuousUsage: true } && IsVllm)
            WriteUsage(json, generated, []);
        else if (request.Stream is { IncludeUsage: true })
            json.WriteNull("usage");
        json.WriteEndObject();
        events.End();
    }

    void Begin(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("id", "cmpl-" + id);
        json.WriteString("object", "text_completion");
        json.WriteNumber("created", created);
        json.WriteString("model", request.ModelName);
        json.WriteString("system_fingerprint", request.Personality.Fingerprint);
        json.WriteStartArray("choices");
    }

    void WriteChoice(Utf8JsonWriter json, Choice choice, ReadOnlySpan<char> text, Range tokens, bool hasPrompt, bool isLast)
    {
        json.WriteStartObject();
        json.WriteNumber("index", choice.Index);
        json.WriteString("text", text);
        CompletionLogprobs.Write(json, text.Length > 0 ? request.TopLogprobs : null, request.Echo ? Prompt(choice) : "", hasPrompt, choice.Text, tokens);
        json.WriteString("finish_reason", isLast ? choice.Finish.Name() : null);
        if (IsVllm)
        {
            json.WriteString("stop_reason", isLast && choice.Finish == FinishReason.Stop ? request.Choices[choice.Index].StopText : null);
            json.WriteNull("token_ids");
            json.WriteNull("prompt_logprobs");
        }

        json.WriteEndObject();
    }

    void WriteUsage(Utf8JsonWriter json, int generated, IReadOnlyList<Choice> choices)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", request.PromptTokens);
        json.WriteNumber("total_tokens", request.PromptTokens + generated);
        json.WriteNumber("completion_tokens", generated);
        if (IsVllm)
            CachedTokens.Write(json, CachedTokens.Of(choices, request.AnswersOfPrompt));
        json.WriteEndObject();
    }
}
