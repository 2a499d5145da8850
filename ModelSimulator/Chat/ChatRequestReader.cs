using System.Text.Json;
using AiPlatform.ModelSimulator.Audio;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>Reads a chat request as vLLM does: unknown fields are let through, wrong ones are answered 400.</summary>
sealed class ChatRequestReader(ServedModels models, TranscriptBook transcripts, IOptions<SimulatorOptions> options)
{
    // vLLM's --max-logprobs.
    const int MaxTopLogprobs = 20;

    public (ChatRequest? Request, ApiError? Error) Read(JsonElement root, Personality personality)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return (null, ApiError.BadRequest("Input should be a valid dictionary or object to extract fields from"));
        var fields = new FieldReader(root);
        var name = fields.Text("model");
        if ((fields.Error ?? RequestRules.Check(personality, root, OpenAiFields.Chat)) is { } unreadable)
            return (null, unreadable);
        if (models.Find(personality, name, ModelTask.Chat, out var model, out var fault) is { } unknown)
            return (null, unknown);

        var prompt = ChatMessages.Read(fields, model, personality);
        if (model.Task == ModelTask.Wall)
            prompt = WallPrompt(fields, prompt, name!);
        if (personality.CutsLongPrompts)
            prompt = prompt with { LastUserText = Tail(prompt.LastUserText) };
        if (fields.Error is null && model.Task == ModelTask.Transcription)
            prompt = prompt with { Heard = Hear(root) };
        SamplingFields.Check(fields);
        var choices = personality.TakesChoices ? SamplingFields.Choices(fields) : 1;
        var logprobs = Logprobs(fields);
        var priority = SamplingFields.Priority(fields, options.Value);
        var stream = SamplingFields.Stream(fields);
        var answer = ChatAnswer.Read(fields, model, personality, prompt, options.Value);
        var promptTokens = prompt.Tokens + answer.PromptTokens;
        var maxTokens = MaxTokens(fields, personality, promptTokens);
        if (fields.Error is { } error)
            return (null, error);

        var texts = answer.Finish(fields, choices, maxTokens, options.Value.AnswerTokens);
        if (fields.Error is { } late)
            return (null, late);
        var longest = options.Value.MaxModelLen;
        promptTokens = Math.Min(promptTokens, longest);
        var heldTokens = Math.Min(promptTokens, longest - Math.Min(maxTokens, texts.Max(choice => choice.Text.Tokens)));
        var answersAs = name is null || (personality.AnswersUnknownModels && !models.Has(name)) ? model.Name : name;
        return (new(personality, answersAs, model, fault, texts, promptTokens, heldTokens, maxTokens, answer.ToolName, logprobs, priority, stream)
        {
            Heard = prompt.Heard,
            PromptBlocks = options.Value.PrefixCache ? PromptBlocks.OfChat(root, model.Name) : null
        }, null);
    }

    Heard? Hear(JsonElement root) =>
        ChatAudio.LastIn(root) is { } bytes && WavAudio.TryRead(bytes, out var audio) ? transcripts.Hear(audio, bytes) : null;

    /// <summary>What is left of a long text when its beginning is cut off.</summary>
    string Tail(string text)
    {
        var kept = options.Value.MaxModelLen * ChatMessages.BytesPerToken;
        if (text.Length <= kept)
            return text;
        return char.IsLowSurrogate(text[^kept]) ? text[^(kept - 1)..] : text[^kept..];
    }

    /// <summary>The wall goes on with a beginning of its answer even where the caller does not say so in vLLM's words.</summary>
    static ChatPrompt WallPrompt(FieldReader fields, ChatPrompt prompt, string name)
    {
        if (prompt.FinalAssistantText.Length > 0 && !FaultWall.GoesOnWithABeginning(name))
            fields.Fail("This model does not support assistant message prefill. The conversation must end with a user message.", "messages");
        return FaultWall.Answer.StartsWith(prompt.FinalAssistantText, StringComparison.Ordinal)
            ? prompt with { Beginning = prompt.FinalAssistantText }
            : prompt;
    }

    /// <summary>Log probabilities of this many likely tokens beside the chosen one; none when not asked for.</summary>
    static int? Logprobs(FieldReader fields)
    {
        var wanted = fields.Flag("logprobs");
        var top = fields.Whole("top_logprobs", 0) ?? 0;
        if (top > 0 && !wanted)
            fields.Fail("when using `top_logprobs`, `logprobs` must be set to true.", "top_logprobs");
        else if (top > MaxTopLogprobs)
            fields.Fail($"Requested sample logprobs of {top}, which is greater than max allowed: {MaxTopLogprobs}", "top_logprobs");
        return wanted ? top : null;
    }

    int MaxTokens(FieldReader fields, Personality personality, int promptTokens)
    {
        var longest = options.Value.MaxModelLen;
        var asked = fields.Whole("max_completion_tokens", 1) ?? fields.Whole("max_tokens", 1);
        if (personality.CutsLongPrompts)
            return Math.Clamp(asked ?? int.MaxValue, 1, longest - 1);
        if (promptTokens >= longest)
        {
            fields.Fail(RequestRules.TooLong(personality, longest, promptTokens));
        }
        else if (asked > longest - promptTokens)
        {
            fields.Fail(
                $"'max_tokens' or 'max_completion_tokens' is too large: {asked}. This model's maximum context length is {longest} tokens "
                + $"and your request has {promptTokens} input tokens ({asked} > {longest} - {promptTokens}).",
                "max_tokens");
        }

        return asked ?? longest - promptTokens;
    }
}
