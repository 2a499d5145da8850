using System.Text.Json;
using AiPlatform.Api.Chat;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;

namespace AiPlatform.Api.OpenAi;

/// <summary>Makes the input of a chat job of a call in OpenAI's form: all of its body but <c>model</c> and <c>stream</c>, as it came.</summary>
static class CompletionInput
{
    /// <param name="metadata">What of it is the model server's.</param>
    public static JsonElement From(CompletionCall call, JsonElement? metadata, InputErrors errors)
    {
        Dictionary<string, JsonElement> options = new(call.Options ?? []);
        if (call.StreamOptions?.Options is { Count: > 0 } others)
            options["stream_options"] = JsonSerializer.SerializeToElement(others, OpenAiJson.Types.DictionaryStringJsonElement);
        if (metadata is { } rest)
            options["metadata"] = rest;
        return ChatInput.From(new ChatCall { Messages = call.Messages, Options = options }, errors);
    }
}
