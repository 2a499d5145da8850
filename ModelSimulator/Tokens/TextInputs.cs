using System.Text.Json;
using AiPlatform.ModelSimulator.Chat;
using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Tokens;

/// <summary>Reads what embeddings and completions take: texts, or token ids in their place.</summary>
static class TextInputs
{
    /// <summary>A text, texts, the token ids of one input, or those of several.</summary>
    public static IReadOnlyList<(string Text, int Tokens)> Read(FieldReader fields, string field, int most)
    {
        var inputs = new List<(string, int)>();
        switch (fields.Any(field))
        {
            case null:
                fields.Fail("Field required", field);
                break;
            case { ValueKind: JsonValueKind.String } text:
                inputs.Add(Text(text));
                break;
            case { ValueKind: JsonValueKind.Array } ids when IsIds(ids):
                inputs.Add(Ids(ids));
                break;
            case { ValueKind: JsonValueKind.Array } many when many.GetArrayLength() > 0 && many.GetArrayLength() <= most:
                foreach (var one in many.EnumerateArray())
                {
                    if (one.ValueKind == JsonValueKind.String)
                        inputs.Add(Text(one));
                    else if (IsIds(one))
                        inputs.Add(Ids(one));
                    else
                        fields.Fail("Input should be a string, a list of strings, a list of token ids or a list of such lists", field);
                }

                break;
            default:
                fields.Fail($"Input should be a string or a list of 1 to {most} inputs", field);
                break;
        }

        return inputs;
    }

    static (string Text, int Tokens) Text(JsonElement text)
    {
        var said = text.GetString()!;
        return (said, ChatMessages.TokensOf(said));
    }

    static (string Text, int Tokens) Ids(JsonElement ids) =>
        (string.Join(' ', ids.EnumerateArray().Select(id => id.GetRawText())), ids.GetArrayLength());

    static bool IsIds(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0
        && list.EnumerateArray().All(id => id.ValueKind == JsonValueKind.Number && id.TryGetUInt32(out _));
}
