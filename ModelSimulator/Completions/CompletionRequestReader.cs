using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Chat;
using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;
using AiPlatform.ModelSimulator.Tokens;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Completions;

/// <summary>Reads OpenAI's older kind of request, a prompt to go on with, as vLLM does.</summary>
sealed class CompletionRequestReader(ServedModels models, IOptions<SimulatorOptions> options)
{
    const int DefaultMaxTokens = 16;
    const int MaxPrompts = 128;
    const int MaxLogprobs = 20;
    const int OpenAiMaxLogprobs = 5;

    public (CompletionRequest? Request, ApiError? Error) Read(JsonElement root, Personality personality)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return (null, ApiError.BadRequest("Input should be a valid dictionary or object to extract fields from"));
        var fields = new FieldReader(root);
        var name = fields.Text("model");
        if ((fields.Error ?? RequestRules.Check(personality, root, OpenAiFields.Completion)) is { } unreadable)
            return (null, unreadable);
        if (models.Find(personality, name, ModelTask.Chat, out var model, out var fault) is { } unknown)
            return (null, unknown);

        var inputs = TextInputs.Read(fields, "prompt", MaxPrompts);
        SamplingFields.Check(fields);
        var answers = SamplingFields.Choices(fields);
        var echo = fields.Flag("echo");
        var logprobs = Logprobs(fields, personality);
        var priority = SamplingFields.Priority(fields, options.Value);
        var stream = SamplingFields.Stream(fields);
        if (fields.Text("suffix") is { Length: > 0 })
            fields.Fail("suffix is not currently supported", "suffix");

        // Even an empty prompt is the token that begins every text.
        var prompts = inputs.Select(input => new Prompt(Math.Max(1, input.Tokens), Blocks(input.Text, model))).ToList();
        var maxTokens = MaxTokens(fields, personality, echo, prompts.Select(prompt => prompt.Tokens).DefaultIfEmpty(0).Max());
        if (fields.Error is { } error)
            return (null, error);
        var choices = inputs.SelectMany(input => Choices(fields, model, input.Text, answers, maxTokens)).ToList();
        return fields.Error is { } late
            ? (null, late)
            : (new(
                personality,
                name ?? model.Name,
                model,
                fault,
                [.. inputs.SelectMany(input => Enumerable.Repeat(input.Text, answers))],
                [.. prompts.SelectMany(prompt => Enumerable.Repeat(prompt, answers))],
                choices,
                answers,
                maxTokens,
                echo,
                logprobs,
                priority,
                stream), null);
    }

    IEnumerable<ChatChoice> Choices(FieldReader fields, ServedModel model, string prompt, int answers, int maxTokens) =>
        new ChatAnswer(" " + AnswerWords.To(prompt, model, options.Value, SamplingFields.Seed(fields)), null, 0, IsSentence: true, "").Words(fields, answers, maxTokens, options.Value.AnswerTokens);

    IReadOnlyList<ulong> Blocks(string prompt, ServedModel model) => options.Value.PrefixCache ? PromptBlocks.OfText(prompt, model.Name) : [];

    static int? Logprobs(FieldReader fields, Personality personality)
    {
        var most = personality.Kind == ServerKind.OpenAi ? OpenAiMaxLogprobs : MaxLogprobs;
        var wanted = fields.Whole("logprobs", 0);
        if (wanted > most)
            fields.Fail($"Requested sample logprobs of {wanted}, which is greater than max allowed: {most}", "logprobs");
        return wanted;
    }

    int MaxTokens(FieldReader fields, Personality personality, bool echo, int promptTokens)
    {
        var longest = options.Value.MaxModelLen;

        // No token at all makes sense where the prompt is wanted back.
        var asked = fields.Whole("max_tokens", echo ? 0 : 1);
        if (promptTokens >= longest)
        {
            fields.Fail(RequestRules.TooLong(personality, longest, promptTokens));
        }
        else if (asked > longest - promptTokens)
        {
            fields.Fail(
                $"'max_tokens' is too large: {asked}. This model's maximum context length is {longest} tokens "
                + $"and your request has {promptTokens} input tokens ({asked} > {longest} - {promptTokens}).",
                "max_tokens");
        }

        return Math.Min(asked ?? DefaultMaxTokens, longest - promptTokens);
    }
}
