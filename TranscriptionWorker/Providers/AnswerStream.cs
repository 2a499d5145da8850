using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>
/// An answer as it comes, in vLLM's chunks, which those of a chat are like, or in OpenAI's events. Only so is it seen that a text was cut at its
/// limit, and that the server still works at it.
/// </summary>
sealed class AnswerStream(Provider provider)
{
    const int MostCharacters = 1_000_000;
    const string Done = "[DONE]";

    readonly StringBuilder text = new();
    JsonElement? usage;
    string? finishReason;
    bool isWhole;

    public string Text => text.ToString().Trim();

    public string? FinishReason => finishReason;

    public JsonElement? Usage => usage;

    /// <returns>What is wrong with it; null for nothing.</returns>
    public async Task<ProviderFailure?> ReadAsync(HttpResponseMessage response, ClipPatience patience)
    {
        await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
        try
        {
            await foreach (var item in SseParser.Create(body).EnumerateAsync(patience.Token))
            {
                patience.Heard();
                if (Add(item.Data) is { } failure)
                {
                    return failure;
                }
                if (isWhole)
                {
                    patience.Finished();
                }
            }
        }
        catch (Exception failure) when (isWhole && failure is OperationCanceledException or IOException or HttpRequestException)
        {
            // The answer was complete; a server that keeps the connection or drops it takes nothing from it.
        }
        return isWhole ? null : ProviderFailures.Cut(provider);
    }

    ProviderFailure? Add(string data)
    {
        if (data.Trim() is "" or Done)
        {
            isWhole |= data.Contains(Done, StringComparison.Ordinal);
            return null;
        }
        try
        {
            using var document = JsonDocument.Parse(data);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Add(document.RootElement) : Malformed();
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // The second is text that is not valid UTF-16, such as half of a character.
            return Malformed();
        }
    }

    ProviderFailure? Add(JsonElement root)
    {
        if (JsonFields.Given(root, "error") is { } error)
        {
            return ProviderFailures.OfError(provider, error);
        }
        if (JsonFields.Given(root, "usage") is { ValueKind: JsonValueKind.Object } counted)
        {
            usage = counted.Clone();
        }
        if (JsonFields.Given(root, "choices") is { ValueKind: JsonValueKind.Array } choices && choices.GetArrayLength() > 0)
        {
            AddChoice(choices[0]);
        }
        else if (JsonFields.Text(root, "type") is "transcript.text.delta")
        {
            text.Append(JsonFields.Text(root, "delta"));
        }
        else if (JsonFields.Text(root, "type") is "transcript.text.done")
        {
            text.Clear().Append(JsonFields.Text(root, "text"));
            isWhole = true;
        }
        return text.Length > MostCharacters ? ProviderFailures.TooLong(provider, MostCharacters, "characters") : null;
    }

    /// <summary>A chunk has a <c>delta</c>; the whole answer to a chat, where the server does not stream, a <c>message</c>.</summary>
    void AddChoice(JsonElement choice)
    {
        if ((JsonFields.Given(choice, "delta") ?? JsonFields.Given(choice, "message")) is { ValueKind: JsonValueKind.Object } piece)
        {
            text.Append(JsonFields.Text(piece, "content"));
        }
        if (JsonFields.Text(choice, "finish_reason") is { } reason)
        {
            (finishReason, isWhole) = (reason, true);
        }
    }

    /// <summary>Takes an answer that came at once.</summary>
    public ProviderFailure? ReadWhole(ReadOnlyMemory<byte> body) =>
        Add(Encoding.UTF8.GetString(body.Span)) ?? (isWhole ? null : Malformed());

    ProviderFailure Malformed() => ProviderFailures.Malformed(provider, "a transcription");
}
