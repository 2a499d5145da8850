using AiPlatform.Contracts;

namespace AiPlatform.TranscriptionWorker.Segments;

/// <summary>
/// Segments of a transcript that came without times: its sentences, spread over the audio in proportion to their length. Where speech is even
/// they are off by a second or so; a long pause moves everything after it.
/// </summary>
static class ApproximateSegments
{
    public const string OneSpeaker = "SPEAKER_00";

    public static IReadOnlyList<TranscriptSegment> Of(string text, TimeSpan duration)
    {
        var sentences = SentenceSplitter.Split(text);
        var total = sentences.Sum(sentence => sentence.Length);
        var segments = new List<TranscriptSegment>(sentences.Count);
        var before = 0;
        foreach (var sentence in sentences)
        {
            segments.Add(new TranscriptSegment(Time(before), Time(before += sentence.Length), sentence, OneSpeaker));
        }
        return segments;

        double Time(int characters) => Math.Round(duration.TotalSeconds * characters / total, 3);
    }
}
