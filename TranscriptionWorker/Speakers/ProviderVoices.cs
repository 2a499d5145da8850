using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Speakers;

/// <summary>
/// The speakers that a provider told apart. It hears each chunk for itself, and its first speaker of one chunk may be its second of the next: over
/// several chunks its speakers are joined by the sound of their voices.
/// </summary>
static class ProviderVoices
{
    /// <summary>Square of the distance from which on a voice is rather a new one.</summary>
    const double FarOff = 6;

    /// <returns>A number for each segment, in order of appearance; and whether speakers had to be joined over several chunks.</returns>
    public static async Task<(int[] Speakers, bool AreJoined)> OfAsync(
        IReadOnlyList<TranscriptSegment> segments, SpeakerSound sound, int? numSpeakers, CancellationToken ct)
    {
        var chunks = segments.Select(segment => ChunkOf(segment, sound.Chunks)).ToList();
        var perChunk = segments.Index().Where(entry => entry.Item.Speaker is not null).GroupBy(entry => chunks[entry.Index])
            .Select(chunk => chunk.GroupBy(entry => entry.Item.Speaker!).ToList()).ToList();
        // As many as the provider heard together at most: a voice that changes a little is no new speaker.
        // Of several chunks, each may have been one speaker's.
        var most = numSpeakers ?? Math.Max(perChunk.Count > 1 ? 2 : 1, perChunk.Max(chunk => chunk.Count));
        // With one chunk there is nobody to be compared with, unless it has more speakers than there are.
        var compares = perChunk.Count > 1 || perChunk[0].Count > most;
        List<List<Voice>> known = [];
        var speakers = new int?[segments.Count];
        foreach (var chunk in perChunk)
        {
            var local = new List<Voice>();
            foreach (var own in chunk)
            {
                local.Add(compares ? await VoiceAsync(own.Select(entry => entry.Item), sound, ct) : default);
            }
            var numbers = Match(local, known, most);
            foreach (var (own, number) in chunk.Zip(numbers))
            {
                foreach (var (index, _) in own)
                {
                    speakers[index] = number;
                }
            }
        }
        return (ByAppearance(Filled(speakers)), perChunk.Count > 1);
    }

    static int ChunkOf(TranscriptSegment segment, IReadOnlyList<PlannedChunk> chunks)
    {
        var middle = SampleRange.OfSeconds(segment.Start, segment.End);
        return chunks.OrderByDescending(chunk => chunk.Range.Within(middle).Length).Select(chunk => chunk.Index).FirstOrDefault();
    }

    static async Task<Voice> VoiceAsync(IEnumerable<TranscriptSegment> segments, SpeakerSound sound, CancellationToken ct)
    {
        List<Voice> voices = [];
        foreach (var segment in segments)
        {
            voices.Add(await VoiceReader.ReadAsync(segment, 0, sound, ct));
        }
        return Voice.Mean(voices);
    }

    /// <summary>The nearest first; two of one chunk are never the same. Whoever is left over is new, as long as there is room.</summary>
    static int[] Match(List<Voice> local, List<List<Voice>> known, int most)
    {
        var numbers = Enumerable.Repeat(-1, local.Count).ToArray();
        var pairs = from voice in local.Index()
                    from speaker in known.Index()
                    let distance = voice.Item.Distance(Voice.Mean(speaker.Item))
                    orderby distance
                    select (Voice: voice.Index, Speaker: speaker.Index, distance);
        foreach (var (voice, speaker, distance) in pairs.ToList())
        {
            var isNew = distance > FarOff && known.Count < most;
            if (numbers[voice] < 0 && !numbers.Contains(speaker) && !isNew)
            {
                numbers[voice] = speaker;
            }
        }
        for (var i = 0; i < local.Count; i++)
        {
            if (numbers[i] < 0)
            {
                numbers[i] = known.Count < most ? known.Count : Enumerable.Range(0, known.Count).MinBy(speaker => local[i].Distance(Voice.Mean(known[speaker])));
                if (numbers[i] == known.Count)
                {
                    known.Add([]);
                }
            }
            known[numbers[i]].Add(local[i]);
        }
        return numbers;
    }

    /// <summary>A segment that the provider named nobody for is of whoever speaks before it, or else after it.</summary>
    static int[] Filled(int?[] speakers)
    {
        var last = speakers.First(speaker => speaker is not null)!.Value;
        return [.. speakers.Select(speaker => last = speaker ?? last)];
    }

    static int[] ByAppearance(int[] speakers)
    {
        var order = speakers.Distinct().ToList();
        return [.. speakers.Select(speaker => order.IndexOf(speaker))];
    }
}
