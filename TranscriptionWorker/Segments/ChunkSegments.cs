using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Providers;

namespace AiPlatform.TranscriptionWorker.Segments;

/// <summary>
/// What a provider said of a chunk as sentences with times of the file. Times of the provider are kept; where it gave none, or one long segment, the
/// sentences are laid on the speech of the chunk. A provider's speakers keep the provider's names here, which hold for this chunk only.
/// </summary>
static class ChunkSegments
{
    const double MostSeconds = 20;
    const int MostCharacters = 240;

    /// <summary>A sentence that takes longer is cut.</summary>
    const double MostSentenceSeconds = 12;
    const int MostSentenceCharacters = 160;
    const int LeastSentenceCharacters = 40;

    public static IReadOnlyList<TranscriptSegment> Of(ClipTranscript answer, PlannedChunk chunk, SpeechTrack track)
    {
        var given = answer.Segments.Where(segment => segment.Text.Trim().Length > 0).ToList();
        // A server that fills its times with zeros knows none.
        var segments = given.Exists(segment => segment.End > segment.Start) && given.TrueForAll(segment => double.IsFinite(segment.Start + segment.End))
            ? given.SelectMany(segment => Timed(segment, isOnly: given.Count == 1, chunk, track))
            : Spread(answer.Text, chunk.Range, track, speaker: null);
        return SegmentTimes.Apart(segments, chunk.Range.StartSeconds, chunk.Range.EndSeconds);
    }

    /// <summary>A chunk that could not be transcribed.</summary>
    public static TranscriptSegment Gap(PlannedChunk chunk, SpeechTrack track) =>
        SegmentTimes.Apart(
            [new(chunk.Range.StartSeconds, chunk.Range.EndSeconds, "", null) { Channel = track.Channel, Timing = SegmentTiming.Vad, Gap = true }],
            chunk.Range.StartSeconds,
            chunk.Range.EndSeconds)[0];

    static List<TranscriptSegment> Timed(ServerSegment segment, bool isOnly, PlannedChunk chunk, SpeechTrack track)
    {
        var zero = chunk.Range.StartSeconds;
        var (start, end) = (Math.Min(zero + Math.Max(0, segment.Start), chunk.Range.EndSeconds), Math.Min(zero + segment.End, chunk.Range.EndSeconds));
        if (end > start && (isOnly || end - start > MostSeconds || segment.Text.Length > MostCharacters))
        {
            var pieces = Spread(segment.Text, SampleRange.OfSeconds(start, end), track, segment.Speaker);
            if (pieces.Count > 1)
            {
                return pieces;
            }
        }
        return
        [
            new TranscriptSegment(start, end, segment.Text.Trim(), segment.Speaker)
            {
                Channel = track.Channel,
                Timing = SegmentTiming.Provider,
                SpeakerSource = Source(segment.Speaker),
            },
        ];
    }

    static List<TranscriptSegment> Spread(string text, SampleRange range, SpeechTrack track, string? speaker)
    {
        var speech = SpeechTime.Of(track.Speech, range);
        var pace = speech.Total / Math.Max(1, text.Length);
        var sentences = SentenceSplitter.Split(
            text, (int)Math.Clamp(MostSentenceSeconds / Math.Max(pace, 0.001), LeastSentenceCharacters, MostSentenceCharacters));
        if (sentences.Count == 0)
        {
            return [];
        }
        var times = SentenceTimes.Of(sentences, speech);
        return
        [
            .. sentences.Select((sentence, i) => new TranscriptSegment(times[i].Start, times[i].End, sentence, speaker)
            {
                Channel = track.Channel,
                Timing = speech.IsHeard ? SegmentTiming.Vad : SegmentTiming.Proportional,
                SpeakerSource = Source(speaker),
            }),
        ];
    }

    static string Source(string? speaker) => speaker is null ? SpeakerSources.None : SpeakerSources.Provider;
}
