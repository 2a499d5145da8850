using System.Buffers;
using System.Text;
using System.Text.Json;

namespace AiPlatform.ModelSimulator.Answers;

/// <summary>Writes server-sent events into a buffer; nothing leaves before the sender flushes.</summary>
sealed class EventWriter(IBufferWriter<byte> output) : IDisposable
{
    readonly Utf8JsonWriter json = new(output, JsonText.Options);

    /// <param name="name">Of the event, where its kind of stream names them.</param>
    public Utf8JsonWriter Begin(string? name = null)
    {
        if (name is not null)
        {
            output.Write("event: "u8);
            output.Write(Encoding.ASCII.GetBytes(name));
            output.Write("\n"u8);
        }

        output.Write("data: "u8);
        json.Reset(output);
        return json;
    }

    public void End()
    {
        json.Flush();
        output.Write("\n\n"u8);
    }

    public void Done() => output.Write("data: [DONE]\n\n"u8);

    /// <summary>An event whose JSON stops in the middle.</summary>
    public void Malformed() => output.Write("data: {\"id\":\"chatcmpl-broken\",\"choices\":[{\"index\":0,\"del\n\n"u8);

    public void Dispose() => json.Dispose();
}
