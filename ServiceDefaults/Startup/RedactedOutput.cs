using System.Text;
using AiPlatform.ServiceDefaults.Settings;

namespace AiPlatform.ServiceDefaults.Startup;

/// <summary>A standard stream on which no secret that this process has read appears. Log entries come whole, so none is cut in two.</summary>
sealed class RedactedOutput(TextWriter stream) : TextWriter
{
    static int _uses;

    public override Encoding Encoding => stream.Encoding;

    /// <summary>From now on for both streams. To be called before the first logger is made, which keeps the stream it finds.</summary>
    public static void Use()
    {
        if (Interlocked.Exchange(ref _uses, 1) != 0)
            return;
        Console.SetOut(new RedactedOutput(Console.Out));
        Console.SetError(new RedactedOutput(Console.Error));
    }

    public override void Write(char value) => stream.Write(value);

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value) => stream.Write(value is null ? null : KnownSecrets.Redact(value));

    public override void WriteLine(string? value) => stream.WriteLine(value is null ? null : KnownSecrets.Redact(value));

    public override void Flush() => stream.Flush();
}
