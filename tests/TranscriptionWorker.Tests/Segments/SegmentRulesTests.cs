using System.Text;
using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.TranscriptionWorker.Segments;
using AiPlatform.TranscriptionWorker.Speakers;

namespace AiPlatform.TranscriptionWorker.Tests.Segments;

/// <summary>Whatever a provider says of whatever audio, the rules of a result hold.</summary>
public sealed class SegmentRulesTests
{
    static readonly string[] Words =
    [
        "yes", "No.", "order", "Mr.", "3.5", "a", "…", "?!", "—", "-->", "你好。", "été,", "ha ha", "\n", "\t", "\"Why?\"", "\U0001F600", "und", "SUPERCALIFRAGILISTIC",
        "<v>", "10:30", "Thank you.", "\u0000", "\uFEFF",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Any_text_on_any_speech_keeps_the_rules(int seed)
    {
        var random = new Random(seed);
        var noise = Noise(random, SampleRange.Rate);
        for (var round = 0; round < 40; round++)
        {
            var duration = random.Next(3) == 0 ? random.Next(20, 2000) / 1000d : random.Next(1000, 180_000) / 1000d;
            var length = (long)(duration * SampleRange.Rate);
            List<SpeechTrack> tracks = [.. Enumerable.Range(0, random.Next(1, 3)).Select(channel => new SpeechTrack(channel, Speech(random, length)))];
            var chunks = tracks.SelectMany((_, track) => Chunks(random, track, length)).ToList();
            var merged = tracks.Select((track, i) => TrackMerge.Of(
                [.. chunks.Where(chunk => chunk.Track == i).Select(chunk => (chunk, Heard(random, chunk, track)))])).ToList();
            var sound = new SpeakerSound(
                tracks, chunks, duration, (_, _) => -random.Next(20, 60), (_, range, _) => Task.FromResult(noise[..(int)Math.Min(noise.Length, range.Length)]));
            var request = new SpeakerRequest(
                random.Next(4) > 0, random.Next(3) == 0 ? random.Next(1, 9) : null, ["agent"], random.Next(3) == 0 ? [0.5, 2.051] : null);

            var spoken = await SpeakerLabels.OfAsync(merged, sound, request, TestContext.Current.CancellationToken);

            Check(spoken, request, $"seed {seed}, round {round}");
        }
    }

    static IReadOnlyList<TranscriptSegment> Heard(Random random, PlannedChunk chunk, SpeechTrack track) =>
        random.Next(12) == 0 ? [ChunkSegments.Gap(chunk, track)] : ChunkSegments.Of(Answer(random, chunk.Range.Seconds), chunk, track);

    static ClipTranscript Answer(Random random, double seconds)
    {
        var text = Text(random, random.Next(60));
        return random.Next(3) > 0
            ? Clips.Answer(text)
            : Clips.Timed(
            [
                .. Enumerable.Range(0, random.Next(1, 9)).Select(_ => new ServerSegment(
                    Time(random, seconds), Time(random, seconds), Text(random, random.Next(50)), random.Next(2) == 0 ? null : $"speaker_{random.Next(4)}")),
            ]);
    }

    static double Time(Random random, double seconds) => random.Next(10) switch
    {
        0 => -1,
        1 => seconds * 10,
        2 => 1e300,
        _ => random.NextDouble() * seconds,
    };

    static string Text(Random random, int words)
    {
        var text = new StringBuilder();
        for (var i = 0; i < words; i++)
        {
            text.Append(Words[random.Next(Words.Length)]).Append(random.Next(5) > 0 ? " " : "");
        }
        return text.ToString();
    }

    static List<SampleRange> Speech(Random random, long length)
    {
        List<SampleRange> speech = [];
        for (var at = (long)random.Next(16_000); at < length;)
        {
            var end = Math.Min(length, at + random.Next(320, 80_000));
            speech.Add(new SampleRange(at, end));
            at = end + random.Next(160, 64_000);
        }
        return speech;
    }

    static IEnumerable<PlannedChunk> Chunks(Random random, int track, long length)
    {
        var (index, start, overlap) = (0, 0L, 0);
        while (start + overlap < length)
        {
            var end = Math.Min(length, start + overlap + random.Next(320, 480_000));
            yield return new PlannedChunk(track, index++, new SampleRange(start, end), overlap);
            overlap = random.Next(3) == 0 ? (int)Math.Min(16_000, end - start) : 0;
            start = end - overlap;
        }
    }

    static short[] Noise(Random random, int length)
    {
        var samples = new short[length];
        for (var i = 0; i < length; i++)
        {
            samples[i] = (short)random.Next(-3000, 3000);
        }
        return samples;
    }

    static void Check(SpokenTranscript spoken, SpeakerRequest request, string place)
    {
        var last = new Dictionary<string, double>();
        foreach (var (id, segment) in spoken.Segments.Index())
        {
            Assert.True(segment.Id == id, place);
            Assert.True(segment.Start >= 0 && segment.Start < segment.End && segment.End <= spoken.Duration + 0.0005, $"{place}: {segment} of {spoken.Duration}");
            Assert.True(Math.Round(segment.Start, 3) == segment.Start && Math.Round(segment.End, 3) == segment.End, $"{place}: {segment}");
            Assert.True(segment.Text == segment.Text.Trim() && (segment.Text.Length > 0) != segment.Gap, $"{place}: '{segment.Text}'");
            Assert.True(segment.Gap || (segment.Speaker is not null) == request.Diarize, place);
            if (segment.Gap)
            {
                continue;
            }
            var voice = segment.Speaker ?? $"{segment.Channel}";
            Assert.True(segment.Start >= last.GetValueOrDefault(voice), $"{place}: {segment} overlaps");
            last[voice] = segment.End;
        }
        Assert.Equal(spoken.Segments.OrderBy(segment => segment.Start).ThenBy(segment => segment.Channel).Select(segment => segment.Id), Enumerable.Range(0, spoken.Segments.Count));
        Assert.Equal(
            spoken.Segments.Where(segment => !segment.Gap).Select(segment => segment.Speaker).OfType<string>().Distinct().Order(),
            spoken.Speakers.Select(speaker => speaker.Id));
    }
}
