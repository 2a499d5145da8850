using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>
/// The words "heard": as many as a person says in the time, never the same sentence soon again, and other ones for other audio.
/// A client that rejects texts too long for their audio, or repeating themselves, must not reject these.
/// </summary>
static partial class Transcript
{
    const double LettersPerSecond = 16;

    static readonly string[] Sentences =
    [
        "Good morning, you have reached the service desk.",
        "The line was quiet for a moment before anyone spoke.",
        "I am calling about the order from last week.",
        "Could you please tell me the customer number?",
        "It begins with four and ends with seventeen.",
        "Thank you, let me look that up for you.",
        "The parcel left our warehouse on Tuesday evening.",
        "Nobody was at home when the driver arrived.",
        "We can deliver again tomorrow before noon.",
        "That would suit me better than the afternoon.",
        "Shall I send the confirmation by mail?",
        "Yes, please use the address you have on file.",
        "There is also a question about the invoice.",
        "One item seems to be listed twice.",
        "You are right, I will have it corrected today.",
        "The refund takes three working days.",
        "Is there anything else I can help with?",
        "No, that was all for now.",
        "Then I wish you a pleasant day.",
        "Goodbye and thanks for your patience."
    ];

    public static Heard Of(WavAudio audio, ReadOnlySpan<byte> file)
    {
        var text = Text(audio, file);
        return new Heard(text, Spread(text, audio));
    }

    public static string Speaker(int index) => $"SPEAKER_{index % 2:00}";

    /// <summary>The sentences of a text, one after the other from the first to the last sound, each as long as its share of the letters.</summary>
    public static IReadOnlyList<HeardSegment> Spread(string text, WavAudio audio)
    {
        if (text.Length == 0)
            return [];
        var (start, end) = audio.Speech.Count == 0 ? (0, audio.Seconds) : (audio.Speech[0].Start, audio.Speech[^1].End);
        var segments = new List<HeardSegment>();
        foreach (var sentence in SentenceEnd.EnumerateSplits(text))
        {
            var said = text[sentence].Trim();
            if (said.Length > 0)
                segments.Add(new HeardSegment(Time(sentence.Start.Value), Time(sentence.End.Value), said, Speaker(segments.Count)));
        }

        return segments;

        double Time(int letter) => start + ((end - start) * letter / text.Length);
    }

    static string Text(WavAudio audio, ReadOnlySpan<byte> file)
    {
        if (audio.IsSilent)
            return "";
        var room = (int)(audio.Seconds * LettersPerSecond);
        var text = new StringBuilder(Opening(audio, room));
        var next = Checksum(file);
        while (Sentences[next % Sentences.Length] is var sentence && text.Length + 1 + sentence.Length <= room)
        {
            text.Append(' ').Append(sentence);
            next++;
        }

        return text.ToString();
    }

    static string Opening(WavAudio audio, int room)
    {
        var full = string.Create(CultureInfo.InvariantCulture, $"Simulated transcript of {audio.Seconds:0.0} seconds of audio.");
        return full.Length <= room ? full : room >= 21 ? "Simulated transcript." : "Simulated.";
    }

    // FNV-1a: the same audio gives the same words in every process, which HashCode does not.
    static long Checksum(ReadOnlySpan<byte> file)
    {
        var sum = 2166136261u;
        foreach (var value in file)
            sum = unchecked((sum ^ value) * 16777619);
        return sum;
    }

    [GeneratedRegex("(?<=[.?!]) ")]
    static partial Regex SentenceEnd { get; }
}
