using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Segments;

/// <summary>
/// Joins the chunks of a track. Where no pause was found to cut at, a chunk begins with the last second of the one before it: words that both heard
/// are kept once, and words that one of them heard only half are kept as the other heard them.
/// </summary>
static class TrackMerge
{
    /// <summary>More than anybody says in a second: so many words of both sides are looked at for each second of the overlap, and no more, as people
    /// repeat themselves.</summary>
    const int MostWordsPerSecond = 6;
    const int LeastWords = 2;
    const int LeastCharacters = 8;

    public static IReadOnlyList<TranscriptSegment> Of(IReadOnlyList<(PlannedChunk Chunk, IReadOnlyList<TranscriptSegment> Segments)> chunks)
    {
        List<TranscriptSegment> track = [];
        foreach (var (chunk, segments) in chunks)
        {
            if (chunk.Overlap > 0 && track is [.., { Gap: false }] && segments is [{ Gap: false }, ..])
            {
                Join(track, [.. segments], chunk.Range.Start + chunk.Overlap, MostWords(chunk.Overlap));
            }
            else
            {
                track.AddRange(segments);
            }
        }
        return chunks.Count == 0
            ? []
            : SegmentTimes.Apart(track, chunks.Min(entry => entry.Chunk.Range.StartSeconds), chunks.Max(entry => entry.Chunk.Range.EndSeconds));
    }

    /// <param name="border">Sample at which the left chunk ended.</param>
    /// <param name="most">Words that both may have heard.</param>
    static void Join(List<TranscriptSegment> left, List<TranscriptSegment> right, long border, int most)
    {
        List<string> before = [.. Enumerable.Reverse(left).TakeWhile(segment => !segment.Gap).SelectMany(LastFirst).Take(most)];
        before.Reverse();
        List<string> after = [.. right.TakeWhile(segment => !segment.Gap).SelectMany(Words).Take(most)];
        if (Shared(before, after) is var (half, doubled))
        {
            if (half > 0)
            {
                DropLast(left);
            }
            DropFirst(right, doubled, (double)border / SampleRange.Rate);
        }
        left.AddRange(right);
    }

    /// <summary>One more for a word at each end that only one side heard whole.</summary>
    static int MostWords(int overlap) => (MostWordsPerSecond * overlap / SampleRange.Rate) + 2;

    static IEnumerable<string> Words(TranscriptSegment segment) => TextWords.Of(segment.Text).Select(word => word.Text);

    static IEnumerable<string> LastFirst(TranscriptSegment segment) => Words(segment).Reverse();

    /// <returns>How many words to drop at the end of the left side, and at the beginning of the right; null where both heard different words.</returns>
    static (int Left, int Right)? Shared(List<string> left, List<string> right)
    {
        // A word at the very end of the left side, or at the very beginning of the right, may be half of one.
        foreach (var (half, begun) in new[] { (0, 0), (1, 0), (0, 1), (1, 1) })
        {
            for (var count = Math.Min(left.Count - half, right.Count - begun); count > 0; count--)
            {
                // A half word is dropped only where the other side has a whole one in its place.
                var isWhole = (half == 0 || begun + count < right.Count) && (begun == 0 || half + count < left.Count);
                var ours = left.GetRange(left.Count - half - count, count);
                if (isWhole
                    && (count >= LeastWords || ours[0].Length >= LeastCharacters)
                    && ours.Zip(right.Skip(begun)).All(pair => TextWords.AreAlike(pair.First, pair.Second)))
                {
                    return (half, begun + count);
                }
            }
        }
        return null;
    }

    static void DropLast(List<TranscriptSegment> segments)
    {
        while (TextWords.Of(segments[^1].Text).Count == 0)
        {
            segments.RemoveAt(segments.Count - 1);
        }
        var text = segments[^1].Text[..TextWords.Of(segments[^1].Text)[^1].Start].TrimEnd();
        if (text.Length > 0)
        {
            segments[^1] = segments[^1] with { Text = text };
        }
        else
        {
            segments.RemoveAt(segments.Count - 1);
        }
    }

    /// <param name="border">Seconds of the file at which the dropped words are over.</param>
    static void DropFirst(List<TranscriptSegment> segments, int count, double border)
    {
        while (count > 0)
        {
            var words = TextWords.Of(segments[0].Text);
            if (count >= words.Count)
            {
                count -= words.Count;
                segments.RemoveAt(0);
                continue;
            }
            var segment = segments[0];
            segments[0] = segment with { Text = segment.Text[words[count].Start..], Start = Math.Max(segment.Start, Math.Min(border, segment.End - 0.001)) };
            count = 0;
        }
    }
}
