using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.TranscriptionWorker.Segments;

namespace AiPlatform.TranscriptionWorker.Tests.Segments;

/// <summary>The text of a chunk on the speech of a chunk.</summary>
public sealed class ChunkSegmentsTests
{
    static (double, double, string)[] Times(IReadOnlyList<TranscriptSegment> segments) =>
        [.. segments.Select(segment => (segment.Start, segment.End, segment.Text))];

    [Fact]
    public void Sentences_begin_after_a_pause_and_end_before_one() => Assert.Equal(
        [(11, 12, "Good day."), (15, 17, "How are you doing?")],
        Times(ChunkSegments.Of(Clips.Answer("Good day. How are you doing?"), Clips.Chunk(10, 20), Clips.Track((11, 12), (15, 17)))));

    [Fact]
    public void A_sentence_ends_at_a_pause_that_is_not_quite_where_its_length_has_it()
    {
        // By length alone the second sentence would begin after 1.6 s of speech, in the middle of the first island.
        var segments = ChunkSegments.Of(Clips.Answer("Good day to you. How is it going with you?"), Clips.Chunk(0, 10), Clips.Track((0, 1.8), (3, 5.4)));

        Assert.Equal([(0, 1.8, "Good day to you."), (3, 5.4, "How is it going with you?")], Times(segments));
    }

    [Fact]
    public void A_sentence_that_ends_far_from_any_pause_ends_where_its_length_has_it()
    {
        var segments = ChunkSegments.Of(Clips.Answer("Good day to you. How is it going?"), Clips.Chunk(0, 20), Clips.Track((0, 12), (15, 16)));

        Assert.InRange(segments[0].End, 6, 7);
        Assert.Equal(segments[0].End, segments[1].Start);
    }

    [Fact]
    public void Speech_outside_of_the_chunk_does_not_count() => Assert.Equal(
        [(10, 12, "Yes."), (14, 16, "No.")],
        Times(ChunkSegments.Of(Clips.Answer("Yes. No."), Clips.Chunk(10, 16), Clips.Track((0, 4), (8, 12), (14, 19)))));

    [Fact]
    public void Segments_say_where_their_times_and_channel_are_from()
    {
        var heard = ChunkSegments.Of(Clips.Answer("Yes."), Clips.Chunk(0, 10), Clips.Track((1, 2)) with { Channel = 1 });
        var unheard = ChunkSegments.Of(Clips.Answer("Yes."), Clips.Chunk(3, 10), Clips.Track());

        Assert.Equal([new TranscriptSegment(1, 2, "Yes.", null) { Channel = 1, Timing = SegmentTiming.Vad }], heard);
        Assert.Equal([new TranscriptSegment(3, 10, "Yes.", null) { Channel = 0, Timing = SegmentTiming.Proportional }], unheard);
    }

    [Fact]
    public void A_chunk_without_text_has_no_segments_and_one_that_failed_is_a_gap()
    {
        Assert.Empty(ChunkSegments.Of(Clips.Answer(" \n"), Clips.Chunk(0, 10), Clips.Track((1, 2))));
        Assert.Equal(
            new TranscriptSegment(5, 10, "", null) { Channel = 0, Timing = SegmentTiming.Vad, Gap = true },
            ChunkSegments.Gap(Clips.Chunk(5, 10), Clips.Track((6, 7))));
    }

    [Fact]
    public void Times_and_speakers_of_the_provider_are_kept_inside_the_chunk() => Assert.Equal(
        [
            new TranscriptSegment(100.5, 102, "One.", "speaker_1") { Channel = 0, Timing = SegmentTiming.Provider, SpeakerSource = SpeakerSources.Provider },
            new TranscriptSegment(103, 110, "Two.", null) { Channel = 0, Timing = SegmentTiming.Provider },
        ],
        ChunkSegments.Of(
            Clips.Timed(new(3, 12, "Two.", null), new(0.5, 2, " One. ", "speaker_1"), new(2, 3, "", null)), Clips.Chunk(100, 110), Clips.Track((101, 109))));

    [Fact]
    public void One_long_segment_of_a_provider_is_split_inside_of_its_times() => Assert.Equal(
        [
            new TranscriptSegment(101, 103, "Good day to you.", "A") { Channel = 0, Timing = SegmentTiming.Vad, SpeakerSource = SpeakerSources.Provider },
            new TranscriptSegment(105, 107, "How are you now?", "A") { Channel = 0, Timing = SegmentTiming.Vad, SpeakerSource = SpeakerSources.Provider },
        ],
        ChunkSegments.Of(
            Clips.Timed(new ServerSegment(1, 7, "Good day to you. How are you now?", "A")), Clips.Chunk(100, 110), Clips.Track((100.2, 103), (105, 108))));

    [Fact]
    public void Of_several_segments_of_a_provider_only_long_ones_are_split()
    {
        var segments = ChunkSegments.Of(
            Clips.Timed(new(0, 4, "Yes. No.", null), new(4, 28, "I see. Thank you.", null)), Clips.Chunk(0, 30), Clips.Track((0, 30)));

        Assert.Equal(["Yes. No.", "I see.", "Thank you."], segments.Select(segment => segment.Text));
        Assert.Equal([SegmentTiming.Provider, SegmentTiming.Vad, SegmentTiming.Vad], segments.Select(segment => segment.Timing));
    }

    [Fact]
    public void Times_that_are_all_zero_are_none() => Assert.Equal(
        [(1, 2, "Yes."), (3, 4, "Not.")],
        Times(ChunkSegments.Of(Clips.Timed(new(0, 0, "Yes.", null), new(0, 0, "Not.", null)), Clips.Chunk(0, 9), Clips.Track((1, 2), (3, 4)))));

    [Fact]
    public void A_sentence_that_is_said_slowly_is_cut_where_it_gets_longer_than_twelve_seconds()
    {
        var text = string.Join(' ', Enumerable.Repeat("word", 24));

        var segments = ChunkSegments.Of(Clips.Answer(text), Clips.Chunk(0, 30), Clips.Track((0, 30)));

        Assert.Equal(text, string.Join(' ', segments.Select(segment => segment.Text)));
        Assert.All(segments, segment => Assert.InRange(segment.End - segment.Start, 1, 12));
    }

    [Fact]
    public void Digits_take_the_time_of_the_words_they_are_read_as()
    {
        var segments = ChunkSegments.Of(Clips.Answer("4711 0815. I wrote."), Clips.Chunk(0, 10), Clips.Track((0, 10)));

        Assert.InRange(segments[0].End, 7, 9);
    }
}
