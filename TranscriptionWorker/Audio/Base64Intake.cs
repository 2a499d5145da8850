using AiPlatform.Contracts;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>Decodes <c>audio_base64</c> piece by piece. White space is passed over, as encoders break lines.</summary>
static class Base64Intake
{
    // A multiple of 4: whole groups in each piece.
    const int PieceCharacters = 64 * 1024;

    static AudioProblem NotBase64 => AudioProblem.Invalid("audio_base64 is not base64.");

    /// <param name="text">With or without <c>data:audio/wav;base64,</c> before it; what kind of audio it is, the bytes say.</param>
    public static async Task<AudioProblem?> ReadAsync(string text, AudioIntake intake, CancellationToken ct)
    {
        var (piece, bytes) = (new char[PieceCharacters], new byte[PieceCharacters / 4 * 3]);
        var count = 0;
        for (var at = DataStart(text); at < text.Length; at++)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                continue;
            }
            if (count == PieceCharacters)
            {
                // Padding ends the text; here it goes on.
                if (piece[^1] == '=' || !Convert.TryFromBase64Chars(piece, bytes, out var length))
                {
                    return NotBase64;
                }
                if (await intake.AppendAsync(bytes.AsMemory(0, length), ct) is { } refused)
                {
                    return refused;
                }
                count = 0;
            }
            piece[count++] = text[at];
        }
        return Convert.TryFromBase64Chars(piece.AsSpan(0, count), bytes, out var last)
            ? await intake.AppendAsync(bytes.AsMemory(0, last), ct)
            : NotBase64;
    }

    /// <summary>Bytes that it stands for, at most.</summary>
    public static long MostBytes(string text) => (text.Length - DataStart(text)) / 4L * 3;

    static int DataStart(string text) => text.Length - TranscriptionInputs.Base64Of(text).Length;
}
