using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.TranscriptionWorker.Segments;
using AiPlatform.TranscriptionWorker.Speakers;

namespace AiPlatform.Bench.Speech;

/// <summary>Stands for a provider that makes no mistake and gives no times, such as Voxtral: a chunk's text is the known words that are said in it. Of the
/// other channel's echo it understands the sentences that are loud enough to count as speech.</summary>
static class KnownTranscriber
{
    const double UnderstoodPart = 0.8;

    public static async Task<Heard> TranscribeAsync(KnownCall call, PreparedAudio audio, int? numSpeakers, CancellationToken ct)
    {
        var tracks = audio.Tracks.Select((track, number) => TrackMerge.Of(
            [.. audio.Chunks.Where(chunk => chunk.Track == number).Select(chunk => (chunk, ChunkSegments.Of(Answer(call, chunk, track), chunk, track)))])).ToList();
        var spoken = await SpeakerLabels.OfAsync(tracks, audio, new SpeakerRequest(Diarize: true, numSpeakers, null, null), ct);
        return new Heard(call, spoken, [.. audio.Tracks.Select(track => WordsOf(call, track))]);
    }

    static ClipTranscript Answer(KnownCall call, PlannedChunk chunk, SpeechTrack track)
    {
        var echoes = call.HasEcho
            ? call.Words.GroupBy(word => word.Sentence).Where(words => IsUnderstood([.. words], call, track)).Select(words => words.Key).ToHashSet()
            : [];
        var words = call.Words.Where(word => (IsOn(word, call, track) || echoes.Contains(word.Sentence)) && IsIn(Middle(word), chunk.Range));
        return new ClipTranscript(string.Join(' ', words.Select(word => word.Text)), [], null, "stop", null, null, "transcription", []);
    }

    static bool IsOn(KnownWord word, KnownCall call, SpeechTrack track) =>
        track.Channel is not { } channel || !call.Name.EndsWith("stereo", StringComparison.Ordinal) || word.Speaker == channel;

    static bool IsUnderstood(List<KnownWord> sentence, KnownCall call, SpeechTrack track) =>
        sentence.Count(word => track.Speech.Any(range => IsIn(Middle(word), range))) >= UnderstoodPart * sentence.Count
        && !call.Words.Any(other => other.Speaker != sentence[0].Speaker && other.Start < sentence[^1].End && other.End > sentence[0].Start);

    static double Middle(KnownWord word) => (word.Start + word.End) / 2;

    static bool IsIn(double time, SampleRange range) => time >= range.StartSeconds && time < range.EndSeconds;

    static IReadOnlyList<KnownWord> WordsOf(KnownCall call, SpeechTrack track) => [.. call.Words.Where(word => IsOn(word, call, track))];
}

/// <param name="Words">What was said on each track.</param>
sealed record Heard(KnownCall Call, SpokenTranscript Spoken, IReadOnlyList<IReadOnlyList<KnownWord>> Words)
{
    const int Window = 20;

    /// <summary>Seconds between the start of each segment and that of its first word, with the segment's text.</summary>
    public IEnumerable<(double Error, TranscriptSegment Segment)> StartErrors() => Said.Select(match => (Math.Abs(match.Segment.Start - match.Words[0].Start), match.Segment));

    List<(TranscriptSegment Segment, List<KnownWord> Words)> Said =>
    [
        .. Spoken.Segments.GroupBy(segment => Words.Count > 1 ? segment.Channel : null).SelectMany(own => Matched([.. own], Words[own.Key ?? 0])),
    ];

    /// <summary>Of the words, those with the right speaker, whatever the speakers' numbers are.</summary>
    public double SpeakerAccuracy()
    {
        var said = Said;
        var all = said.Sum(match => match.Words.Count);
        // With two speakers there are two ways to number them.
        var same = said.Sum(match => match.Words.Count(word => match.Segment.Speaker == $"SPEAKER_0{word.Speaker}"));
        var other = said.Sum(match => match.Words.Count(word => match.Segment.Speaker == $"SPEAKER_0{1 - word.Speaker}"));
        return (double)(Words.Count > 1 ? same : Math.Max(same, other)) / all;
    }

    /// <summary>The known words of each segment.</summary>
    static IEnumerable<(TranscriptSegment Segment, List<KnownWord> Words)> Matched(IReadOnlyList<TranscriptSegment> segments, IReadOnlyList<KnownWord> words)
    {
        var known = words.SelectMany(word => word.Text.Split(' ').Select(text => (text, word))).ToList();
        var at = 0;
        foreach (var segment in segments)
        {
            List<KnownWord> own = [];
            foreach (var text in segment.Text.Split(' '))
            {
                var found = known.FindIndex(at, Math.Min(Window, known.Count - at), entry => entry.text == text);
                if (found >= 0)
                {
                    own.Add(known[found].word);
                    at = found + 1;
                }
            }
            if (own.Count > 0)
            {
                yield return (segment, own);
            }
        }
    }
}
