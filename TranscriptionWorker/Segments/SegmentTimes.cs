using AiPlatform.Contracts;

namespace AiPlatform.TranscriptionWorker.Segments;

/// <summary>What holds for the times of every voice's segments: whole milliseconds, inside the audio, an end after each start, in order, and none over another.</summary>
static class SegmentTimes
{
    /// <summary>Milliseconds that a segment has at least, where there is room.</summary>
    const long LeastLength = 200;

    /// <summary>Puts the segments of one voice in order and apart. Of two that overlap the first ends where the second starts; the start is what people look for.</summary>
    /// <param name="from">Seconds, as is <paramref name="to"/>: what they lie within.</param>
    public static IReadOnlyList<TranscriptSegment> Apart(IEnumerable<TranscriptSegment> segments, double from, double to)
    {
        var first = (long)Math.Round(from * 1000);
        var last = Math.Max((long)Math.Floor(to * 1000), first + 1);
        var ordered = Joined([.. segments.OrderBy(segment => segment.Start).ThenBy(segment => segment.End)], last - first);
        var starts = new long[ordered.Count];
        var ends = new long[ordered.Count];
        for (var i = 0; i < ordered.Count; i++)
        {
            starts[i] = Math.Clamp(Milliseconds(ordered[i].Start), first, last - 1);
            ends[i] = Math.Clamp(Milliseconds(ordered[i].End), starts[i] + 1, last);
            if (i > 0 && starts[i] < ends[i - 1])
            {
                ends[i - 1] = Math.Max(starts[i], Math.Min(ends[i - 1], starts[i - 1] + LeastLength));
                starts[i] = ends[i - 1];
                ends[i] = Math.Max(ends[i], starts[i] + 1);
            }
        }
        var limit = last;
        for (var i = ordered.Count - 1; i >= 0; i--)
        {
            ends[i] = Math.Min(Math.Max(ends[i], starts[i] + LeastLength), limit);
            limit = starts[i] = Math.Min(starts[i], ends[i] - 1);
        }
        return [.. ordered.Select((segment, i) => segment with { Start = starts[i] / 1000d, End = ends[i] / 1000d })];
    }

    /// <summary>Not more than there are milliseconds for: what a model repeats a thousand times in no time is one segment.</summary>
    static List<TranscriptSegment> Joined(List<TranscriptSegment> segments, long room)
    {
        if (segments.Count <= room)
        {
            return segments;
        }
        var together = (int)((segments.Count + room - 1) / room);
        return
        [
            .. segments.Chunk(together).Select(some => some[0] with
            {
                End = some.Max(segment => segment.End),
                Text = string.Join(' ', some.Select(segment => segment.Text).Where(text => text.Length > 0)),
            }),
        ];
    }

    static long Milliseconds(double seconds) => (long)Math.Round(Math.Clamp(seconds, 0, 1e9) * 1000);
}
