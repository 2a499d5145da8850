using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>
/// Names the full blocks of a prompt for the cache: a block's name is made of its text and all before it, so that prompts have as many first names
/// in common as they begin alike.
/// </summary>
static class PromptBlocks
{
    const int BlockBytes = KvCache.BlockTokens * ChatMessages.BytesPerToken;
    const ulong Basis = 14_695_981_039_346_656_037;
    const ulong Prime = 1_099_511_628_211;

    /// <summary>Of a chat: its tools, then its messages, laid out so that each takes the bytes of the tokens it counts for.</summary>
    /// <param name="salt">What else two prompts must have in common, such as the adapter.</param>
    public static IReadOnlyList<ulong> OfChat(JsonElement root, string salt)
    {
        var text = new ArrayBufferWriter<byte>(1024);
        if (root.TryGetProperty("tools", out var tools) && tools.ValueKind == JsonValueKind.Array)
            Add(text, JsonMarshal.GetRawUtf8Value(tools));
        foreach (var message in root.GetProperty("messages").EnumerateArray())
        {
            AddRole(text, message.GetProperty("role"));
            if (message.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String)
                Add(text, Encoding.UTF8.GetBytes(content.GetString()!));
            else if (content.ValueKind == JsonValueKind.Array)
                AddParts(text, content);
        }

        return Names(text.WrittenSpan, salt);
    }

    public static IReadOnlyList<ulong> OfText(string text, string salt) => Names(Encoding.UTF8.GetBytes(text), salt);

    static void AddParts(ArrayBufferWriter<byte> text, JsonElement parts)
    {
        foreach (var part in parts.EnumerateArray())
        {
            if (part.TryGetProperty("text", out var said) && said.ValueKind == JsonValueKind.String)
                text.Write(Encoding.UTF8.GetBytes(said.GetString()!));
            else
                Add(text, JsonMarshal.GetRawUtf8Value(part));
        }

        Add(text, []);
    }

    static void AddRole(ArrayBufferWriter<byte> text, JsonElement role)
    {
        Span<byte> padded = stackalloc byte[ChatMessages.TokensPerMessage * ChatMessages.BytesPerToken];
        padded.Clear();
        var name = JsonMarshal.GetRawUtf8Value(role);
        name[..Math.Min(name.Length, padded.Length)].CopyTo(padded);
        text.Write(padded);
    }

    /// <summary>Filled up to whole tokens.</summary>
    static void Add(ArrayBufferWriter<byte> text, ReadOnlySpan<byte> bytes)
    {
        text.Write(bytes);
        while (text.WrittenCount % ChatMessages.BytesPerToken != 0)
            text.Write([(byte)0]);
    }

    static ulong[] Names(ReadOnlySpan<byte> text, string salt)
    {
        var names = new ulong[text.Length / BlockBytes];
        var name = Hash(Basis, MemoryMarshal.AsBytes(salt.AsSpan()));
        for (var index = 0; index < names.Length; index++)
            names[index] = name = Hash(name, text.Slice(index * BlockBytes, BlockBytes));
        return names;
    }

    static ulong Hash(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var letter in bytes)
            hash = (hash ^ letter) * Prime;
        return hash;
    }
}
