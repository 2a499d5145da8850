using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Audio.Analysis;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.TranscriptionWorker.Segments;
using AiPlatform.TranscriptionWorker.Speakers;

namespace AiPlatform.Bench.Speech;

/// <summary>Stands for a provider that makes no mistake and gives no times, such as Voxtral: a chunk's text is the known words that are said in it. Of the
/// other channel's echo it understands each word that is audible in what it is sent, where nobody speaks on the channel itself.</summary>
static class KnownTranscriber
{
    /// <summary>In dB of full scale: what <c>synthesize.py</c> counts as audible above the noise of the calls with an echo.</summary>
    const double AudibleDb = -44;

    public static async Task<Heard> TranscribeAsync(KnownCall call, PreparedAudio audio, int? numSpeakers, CancellationToken ct)
    {
        List<IReadOnlyList<TranscriptSegment>> tracks = [];
        foreach (var (number, track) in audio.Tracks.Index())
        {
            var audible = await AudibleAsync(call, audio, number, ct);
            tracks.Add(TrackMerge.Of(
                [.. audio.Chunks.Where(chunk => chunk.Track == number).Select(chunk => (chunk, ChunkSegments.Of(Answer(audible, chunk), chunk, track)))]));
        }
        var spoken = await SpeakerLabels.OfAsync(tracks, audio, new SpeakerRequest(Diarize: true, numSpeakers, null, null), ct);
        return new Heard(call, spoken, [.. audio.Tracks.Select(track => WordsOf(call, track))]);
    }

    static ClipTranscript Answer(IReadOnlyList<KnownWord> audible, PlannedChunk chunk) =>
        new(string.Join(' ', audible.Where(word => IsIn(Middle(word), chunk.Range)).Select(word => word.Text)), [], null, "stop", null, null, "transcription", []);

    /// <returns>The words of a track, but for those that were taken for an echo, and what is understood of the other one.</returns>
    static async Task<IReadOnlyList<KnownWord>> AudibleAsync(KnownCall call, PreparedAudio audio, int number, CancellationToken ct)
    {
        List<KnownWord> audible = [];
        foreach (var word in call.Words)
        {
            if (IsOn(word, call, audio.Tracks[number])
                ? !audio.Tracks[number].Echoes.Any(echo => IsIn(Middle(word), echo))
                : call.HasEcho && IsAlone(word, call) && await LevelDbAsync(word, audio, number, ct) >= AudibleDb)
            {
                audible.Add(word);
            }
        }
        return audible;
    }

    static bool IsAlone(KnownWord word, KnownCall call) =>
        !call.Words.Any(other => other.Speaker != word.Speaker && other.Start < word.End && other.End > word.Start);

    static async Task<double> LevelDbAsync(KnownWord word, PreparedAudio audio, int number, CancellationToken ct)
    {
        var samples = await audio.ReadSamplesAsync(number, SampleRange.OfSeconds(word.Start, word.End), ct);
        return Levels.Of(samples.Average(sample => Math.Pow(sample / 32768.0, 2)));
    }

    static bool IsOn(KnownWord word, KnownCall call, SpeechTrack track) =>
        track.Channel is not { } channel || !call.Name.EndsWith("stereo", StringComparison.Ordinal) || word.Speaker == channel;

    static double Middle(KnownWord word) => (word.Start + word.End) / 2;

    static bool IsIn(double time, SampleRange range) => time >= range.StartSeconds && time < range.EndSeconds;

    static IReadOnlyList<KnownWord> WordsOf(KnownCall call, SpeechTrack track) => [.. call.Words.Where(word => IsOn(word, call, track))];
}

/// <param name="Words">What was said on each track.</param>
sealed record Heard(KnownCall Call, SpokenTranscript Spoken, IReadOnlyList<IReadOnlyList<KnownWord>> Words)
{
    const int Window = 20;

    public int WordsTold => Spoken.Segments.Sum(segment => Count(segment.Text));

    public int WordsSaid => Words.Sum(track => track.Sum(word => Count(word.Text)));

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

    static int Count(string text) => text.Split(' ').Length;

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
