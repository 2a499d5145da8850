using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Segments;

namespace AiPlatform.TranscriptionWorker.Speakers;

/// <summary>
/// Speech of one channel that is also heard, faintly, on the other: a headset's echo. It is transcribed twice, and the faint copy is to go. A segment is
/// taken for one where it is much fainter than the other channel at the same time, and what it says is said there too.
/// </summary>
static class ChannelBleed
{
    const double LeastDb = 12;
    const double LeastAlike = 0.7;

    /// <summary>Seconds that the times of two hearings of one sentence may be apart.</summary>
    const double Slack = 0.5;

    /// <summary>Fewer words must be all that the other channel says at the time: a "yes" is in many sentences.</summary>
    const int FewWords = 3;

    /// <param name="tracks">Of two channels, with times of the call.</param>
    /// <param name="offsets">Seconds of the call at which each channel's recording began.</param>
    /// <returns>The tracks without copies.</returns>
    public static IReadOnlyList<IReadOnlyList<TranscriptSegment>> Drop(
        IReadOnlyList<IReadOnlyList<TranscriptSegment>> tracks, IReadOnlyList<double> offsets, Func<int, SampleRange, double> levelDb)
    {
        return [.. tracks.Select((track, own) => (IReadOnlyList<TranscriptSegment>)[.. track.Where(segment => !IsCopy(segment, own, 1 - own))])];

        bool IsCopy(TranscriptSegment segment, int own, int other) =>
            !segment.Gap && Level(segment, own) <= Level(segment, other) - LeastDb && IsSaid(segment, tracks[other]);

        double Level(TranscriptSegment segment, int track) =>
            levelDb(track, SampleRange.OfSeconds(Math.Max(0, segment.Start - offsets[track]), Math.Max(0, segment.End - offsets[track])));
    }

    static bool IsSaid(TranscriptSegment segment, IReadOnlyList<TranscriptSegment> others)
    {
        var words = Words(segment);
        var said = others.Where(other => other.Start < segment.End + Slack && other.End > segment.Start - Slack).SelectMany(Words).ToList();
        var common = Common(words, said);
        var alike = words.Count < FewWords ? 2d * common / Math.Max(1, words.Count + said.Count) : (double)common / words.Count;
        return alike >= LeastAlike;
    }

    static List<string> Words(TranscriptSegment segment) => [.. TextWords.Of(segment.Text).Select(word => word.Text)];

    /// <summary>Words that both have in the same order, others between them (longest common subsequence).</summary>
    static int Common(List<string> one, List<string> other)
    {
        var row = new int[other.Count + 1];
        foreach (var word in one)
        {
            var diagonal = 0;
            for (var j = 1; j <= other.Count; j++)
            {
                var above = row[j];
                row[j] = TextWords.AreAlike(word, other[j - 1]) ? diagonal + 1 : Math.Max(above, row[j - 1]);
                diagonal = above;
            }
        }
        return row[^1];
    }
}
