using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Segments;

namespace AiPlatform.TranscriptionWorker.Tests.Segments;

/// <summary>Chunks of a track that become one.</summary>
public sealed class TrackMergeTests
{
    static TranscriptSegment Said(double start, double end, string text) => new(start, end, text, null);

    static IReadOnlyList<TranscriptSegment> Merge(string[] left, string[] right, double overlap = 1) => TrackMerge.Of(
    [
        (Clips.Chunk(0, 20), Spread(left, 0, 20)),
        (Clips.Chunk(20 - overlap, 40, overlap, 1), Spread(right, 20 - overlap, 40)),
    ]);

    static IReadOnlyList<TranscriptSegment> Spread(string[] texts, double start, double end) =>
        [.. texts.Select((text, i) => Said(start + ((end - start) * i / texts.Length), start + ((end - start) * (i + 1) / texts.Length), text))];

    [Theory]
    [InlineData("I would like to order", "like to order a new phone.", "I would like to order", "a new phone.")]
    [InlineData("I would like, to Order,", "like to order a new phone.", "I would like, to Order,", "a new phone.")]
    [InlineData("I would like to ord", "like to order a new phone.", "I would like to", "order a new phone.")]
    [InlineData("I would like to or", "would like to order a new phone.", "I would like to", "order a new phone.")]
    [InlineData("I would like to order", "ould like to order a new phone.", "I would like to order", "a new phone.")]
    [InlineData("the transmission", "transmision is broken", "the transmission", "is broken")]
    [InlineData("我想订一部新", "部新手机。", "我想订一部新", "手机。")]
    public void Words_that_both_heard_are_kept_once(string left, string right, string first, string second) =>
        Assert.Equal([first, second], Merge([left], [right]).Select(segment => segment.Text));

    [Theory]
    [InlineData("I would like to go", "Tomorrow it will rain.")]
    [InlineData("So do I", "I will call.")]
    [InlineData("thank you", "you thank them")]
    public void Different_words_are_all_kept(string left, string right) => Assert.Equal([left, right], Merge([left], [right]).Select(segment => segment.Text));

    [Fact]
    public void Without_an_overlap_nothing_is_dropped() =>
        Assert.Equal(["thank you very much", "thank you very much"], Merge(["thank you very much"], ["thank you very much"], overlap: 0).Select(segment => segment.Text));

    [Fact]
    public void Doubled_words_may_be_in_several_segments() => Assert.Equal(
        ["Good day.", "Yes.", "I am here.", "And you?"],
        Merge(["Good day.", "Yes.", "I am here."], ["Yes.", "I am here. And you?"]).Select(segment => segment.Text));

    [Fact]
    public void What_is_left_of_the_right_side_begins_where_the_left_ended() => Assert.Equal(
        [Said(0, 20, "I would like to order"), Said(20, 40, "a new phone.")],
        Merge(["I would like to order"], ["like to order a new phone."]));

    [Fact]
    public void Half_a_word_that_was_all_of_its_segment_goes_with_it() => Assert.Equal(
        ["We like to", "order a phone."],
        Merge(["We like to", "ord"], ["like to order a phone."]).Select(segment => segment.Text));

    [Fact]
    public void Chunks_that_said_nothing_or_failed_are_left_as_they_are()
    {
        var gap = Said(19, 40, "") with { Gap = true };

        var segments = TrackMerge.Of(
        [
            (Clips.Chunk(0, 20), [Said(0, 20, "Hello you")]), (Clips.Chunk(19, 40, 1, 1), [gap]), (Clips.Chunk(39, 60, 1, 2), []),
            (Clips.Chunk(59, 80, 1, 3), [Said(60, 80, "Hello you")]),
        ]);

        Assert.Equal([Said(0, 19, "Hello you"), gap, Said(60, 80, "Hello you")], segments);
        Assert.Empty(TrackMerge.Of([]));
    }

    [Fact]
    public void Punctuation_alone_stands_in_no_word_s_way() =>
        Assert.Equal(["I like to", "order."], Merge(["I like to or", "…"], ["I like to order."]).Select(segment => segment.Text));
}
