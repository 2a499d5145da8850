using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Audio.Analysis;

namespace AiPlatform.TranscriptionWorker.Tests.Audio;

/// <summary>Where a track is cut.</summary>
public sealed class ChunkPlanTests
{
    [Fact]
    public void What_fits_is_one_chunk_of_speech_without_the_silence_around_it() => Assert.Equal(
        [Chunk(0, 3, 25)], Plan([(3, 10), (11, 25)]));

    [Fact]
    public void Nothing_is_planned_where_nobody_speaks() => Assert.Empty(Plan([]));

    [Fact]
    public void The_longest_pause_near_the_end_is_cut_in_its_middle_and_of_equal_ones_the_last() => Assert.Equal(
        [Chunk(0, 0, 24.4), Chunk(1, 24.4, 40)],
        Plan([(0, 10), (10.9, 19), (19.4, 21.6), (22.4, 24), (24.8, 28), (28.4, 40)]));

    [Fact]
    public void A_pause_of_more_than_a_second_is_sent_with_neither_chunk() => Assert.Equal(
        [Chunk(0, 0, 20), Chunk(1, 23, 45)], Plan([(0, 20), (23, 45)]));

    [Fact]
    public void Five_seconds_of_silence_end_a_chunk_that_could_go_on() => Assert.Equal(
        [Chunk(0, 0, 4), Chunk(1, 9, 12)], Plan([(0, 4), (9, 12)]));

    [Fact]
    public void Without_a_pause_the_quietest_tenth_of_a_second_between_words_is_cut() => Assert.Equal(
        [Chunk(0, 0, 26.05), Chunk(1, 26.05, 50)], Plan([(0, 50)], quiet: (26, 26.1)));

    [Fact]
    public void Without_any_dip_the_longest_chunk_is_cut_and_its_last_second_heard_again() => Assert.Equal(
        [Chunk(0, 0, 30), Chunk(1, 29, 59, 1), Chunk(2, 58, 70, 1)], Plan([(0, 70)]));

    [Fact]
    public void Shorter_chunks_are_cut_where_they_are_asked_for() => Assert.Equal(
        [Chunk(0, 0, 4.5), Chunk(1, 4.5, 9)], Plan([(0, 4), (5, 9)], most: 6));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Every_bit_of_speech_is_in_a_chunk_and_none_is_too_long(int seed)
    {
        var random = new Random(seed);
        List<(double, double)> speech = [];
        for (var at = random.NextDouble(); at < 3000;)
        {
            var end = at + 0.2 + (random.NextDouble() * random.Next(1, 80));
            speech.Add((at, end));
            at = end + 0.1 + (random.NextDouble() * random.Next(1, 9));
        }
        var most = random.Next(5, 61);
        var chunks = Plan(speech, most);

        Assert.All(chunks, chunk => Assert.InRange(chunk.Range.Seconds, 0.1, most));
        Assert.Equal(Enumerable.Range(0, chunks.Count), chunks.Select(chunk => chunk.Index));
        Assert.All(chunks.Zip(chunks.Skip(1)), pair => Assert.InRange(
            pair.Second.Range.Start, pair.First.Range.End - pair.Second.Overlap, long.MaxValue));
        foreach (var range in speech.Select(part => SampleRange.OfSeconds(part.Item1, part.Item2)))
        {
            var heard = chunks.Sum(chunk => chunk.Range.Within(range).Length)
                - chunks.Zip(chunks.Skip(1)).Sum(pair => pair.First.Range.Within(pair.Second.Range).Within(range).Length);
            Assert.Equal(range.Length, heard);
        }
    }

    static PlannedChunk Chunk(int index, double start, double end, double overlap = 0) =>
        new(0, index, SampleRange.OfSeconds(start, end), (int)(overlap * SampleRange.Rate));

    static IReadOnlyList<PlannedChunk> Plan(IReadOnlyList<(double Start, double End)> speech, double most = 30, (double From, double To)? quiet = null)
    {
        var energy = new float[160_000];
        for (var frame = 0; frame < energy.Length; frame++)
        {
            var second = frame * 0.02;
            energy[frame] = quiet is var (from, to) && second >= from - 0.001 && second < to - 0.001 ? 1e-5f : 1e-2f;
        }
        return ChunkPlan.Of(0, [.. speech.Select(part => SampleRange.OfSeconds(part.Start, part.End))], energy, most);
    }
}
