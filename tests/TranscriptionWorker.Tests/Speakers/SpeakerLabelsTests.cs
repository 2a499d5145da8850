using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Speakers;

namespace AiPlatform.TranscriptionWorker.Tests.Speakers;

/// <summary>Who is said to speak, and where that is from.</summary>
public sealed class SpeakerLabelsTests
{
    static readonly SpeakerRequest Plain = new(Diarize: true, null, null, null);
    static readonly (double, double) Low = (105, -20);
    static readonly (double, double) High = (210, -24);

    static Task<SpokenTranscript> OfAsync(IReadOnlyList<TranscriptSegment> track, SpeakerSound sound, SpeakerRequest request) =>
        SpeakerLabels.OfAsync([track], sound, request, TestContext.Current.CancellationToken);

    static Task<SpokenTranscript> OfChannelsAsync(
        IReadOnlyList<TranscriptSegment> first, IReadOnlyList<TranscriptSegment> second, SpeakerRequest request, Func<int, SampleRange, double>? level = null) =>
        SpeakerLabels.OfAsync(
            [first, second],
            new SpeakerSound([new SpeechTrack(0, []), new SpeechTrack(1, [])], [], 20, level ?? ((_, _) => -20), (_, _, _) => Task.FromResult(Array.Empty<short>())),
            request,
            TestContext.Current.CancellationToken);

    static TranscriptSegment On(int channel, double start, double end, string text) => new(start, end, text, null) { Channel = channel };

    static IEnumerable<string?> Speakers(SpokenTranscript spoken) => spoken.Segments.Select(segment => segment.Speaker);

    [Fact]
    public async Task Each_of_two_channels_is_a_speaker()
    {
        var spoken = await OfChannelsAsync(
            [On(0, 0, 2, "Good day."), On(0, 6, 8, "I see.")],
            [On(1, 1.5, 5, "My phone is broken."), On(1, 6, 6.5, "Hello?")],
            Plain with { ChannelRoles = ["agent", "customer"] });

        Assert.Equal(["Good day.", "My phone is broken.", "I see.", "Hello?"], spoken.Segments.Select(segment => segment.Text));
        Assert.Equal(["SPEAKER_00", "SPEAKER_01", "SPEAKER_00", "SPEAKER_01"], Speakers(spoken));
        Assert.Equal([0, 1, 2, 3], spoken.Segments.Select(segment => segment.Id));
        Assert.All(spoken.Segments, segment => Assert.Equal(SpeakerSources.Channel, segment.SpeakerSource));
        Assert.Equal([new("SPEAKER_00", 0, "agent", 4), new TranscriptSpeaker("SPEAKER_01", 1, "customer", 4)], spoken.Speakers);
        Assert.Equal(new TranscriptDiarization(true, "channel", "high"), spoken.Diarization);
        Assert.Empty(spoken.Warnings);
    }

    [Fact]
    public async Task Names_that_a_provider_gave_on_one_channel_do_not_matter_where_there_are_two()
    {
        var spoken = await OfChannelsAsync(
            [On(0, 0, 2, "Good day.") with { Speaker = "speaker_1" }], [On(1, 3, 5, "Hello.") with { Speaker = "speaker_1" }], Plain);

        Assert.Equal(["SPEAKER_00", "SPEAKER_01"], Speakers(spoken));
    }

    [Fact]
    public async Task Channels_that_were_recorded_later_are_moved_and_the_call_gets_longer()
    {
        var spoken = await OfChannelsAsync([On(0, 0, 2, "Good day.")], [On(1, 17, 20, "Hello.")], Plain with { ChannelOffsets = [2.051, 0.5] });

        Assert.Equal([(2.051, 4.051), (17.5, 20.5)], spoken.Segments.Select(segment => (segment.Start, segment.End)));
        Assert.Equal(22.051, spoken.Duration, 6);
    }

    [Fact]
    public async Task A_faint_copy_of_what_the_other_channel_says_is_dropped()
    {
        // Channel 1 hears channel 0 at -50 dB in the first ten seconds, and speaks itself after that.
        var spoken = await OfChannelsAsync(
            [On(0, 0, 3, "Good day, this is the service desk."), On(0, 4, 5, "Yes."), On(0, 12, 14, "Say yes, please, or no.")],
            [On(1, 0.3, 3.2, "good day this is a service desk"), On(1, 4.1, 4.9, "Yes."), On(1, 12, 13, "Yes."), On(1, 14, 16, "Who is this?")],
            Plain,
            (track, range) => track == 0 ? -20 : range.StartSeconds < 10 ? -50 : -33);

        Assert.Equal(
            ["Good day, this is the service desk.", "Yes.", "Say yes, please, or no.", "Yes.", "Who is this?"], spoken.Segments.Select(segment => segment.Text));
        Assert.Equal(["channel_bleed: 2 segments of channel 1 repeated the other channel, which is heard on it, and were dropped."], spoken.Warnings);
    }

    [Fact]
    public async Task A_copy_is_found_by_the_time_of_the_call_and_its_level_by_the_time_of_its_recording()
    {
        var spoken = await OfChannelsAsync(
            [On(0, 10, 13, "This is the service desk.")],
            [On(1, 12, 15, "This is the service desk.")],
            Plain with { ChannelOffsets = [2, 0] },
            (track, range) => (track, range.StartSeconds) is (0, 10) ? -20 : (track, range.StartSeconds) is (1, 12) ? -40 : 0);

        Assert.Equal(["SPEAKER_00"], Speakers(spoken));
    }

    [Fact]
    public async Task One_speaker_announced_is_one_speaker_whose_segments_do_not_overlap()
    {
        var spoken = await OfChannelsAsync([On(0, 0, 4, "Good day.")], [On(1, 3, 5, "Hello.")], Plain with { NumSpeakers = 1 });

        Assert.Equal([("SPEAKER_00", 0, 3), ("SPEAKER_00", 3, 5)], spoken.Segments.Select(segment => (segment.Speaker, segment.Start, segment.End)));
        Assert.Equal(new TranscriptDiarization(true, "none", null), spoken.Diarization);
    }

    [Fact]
    public async Task Without_diarization_the_speaker_is_null_and_the_channel_is_still_said()
    {
        var spoken = await OfChannelsAsync([On(0, 0, 4, "Good day.")], [On(1, 3, 5, "Hello.")], Plain with { Diarize = false });

        Assert.Equal([(null, 0), ((string?)null, (int?)1)], spoken.Segments.Select(segment => (segment.Speaker, segment.Channel)));
        Assert.Empty(spoken.Speakers);
        Assert.Equal(new TranscriptDiarization(false, "none", null), spoken.Diarization);
    }

    [Fact]
    public async Task Two_voices_on_one_track_are_told_apart_by_their_sound_and_it_is_said_to_be_a_guess()
    {
        var spoken = await OfAsync(
            Voices.Said("Good day.", "How can I help?", "My phone is broken.", "It fell.", "I am sorry.", "Is it new?", "It is."),
            Voices.Sound(Low, Low, High, High, Low, Low, High),
            Plain with { ChannelRoles = ["agent"] });

        Assert.Equal(["SPEAKER_00", "SPEAKER_00", "SPEAKER_01", "SPEAKER_01", "SPEAKER_00", "SPEAKER_00", "SPEAKER_01"], Speakers(spoken));
        Assert.All(spoken.Segments, segment => Assert.Equal(SpeakerSources.Heuristic, segment.SpeakerSource));
        Assert.Equal(new TranscriptDiarization(true, "heuristic", "low"), spoken.Diarization);
        Assert.Equal([null, null], spoken.Speakers.Select(speaker => speaker.Role));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task One_voice_is_one_speaker(int? numSpeakers)
    {
        var spoken = await OfAsync(
            Voices.Said("Good day.", "How can I help?", "My phone is broken.", "It fell."),
            Voices.Sound((105, -20), (108, -21), (103, -20), (106, -19)),
            Plain with { NumSpeakers = numSpeakers });

        Assert.Equal(["SPEAKER_00"], Speakers(spoken).Distinct());
        Assert.Equal(new TranscriptDiarization(true, "none", null), spoken.Diarization);
    }

    [Fact]
    public async Task One_channel_that_speaks_alone_keeps_its_number_and_role()
    {
        var sound = Voices.Sound(Low, Low);
        var spoken = await OfAsync(
            [.. Voices.Said("Good day.", "Hello?").Select(segment => segment with { Channel = 1 })],
            sound with { Tracks = [sound.Tracks[0] with { Channel = 1 }] },
            Plain with { ChannelRoles = ["agent", "customer"], ChannelOffsets = [0, 1.5] });

        Assert.Equal([new TranscriptSpeaker("SPEAKER_00", 1, "customer", 1.8)], spoken.Speakers);
        Assert.Equal(1.5, spoken.Segments[0].Start);
    }

    [Fact]
    public async Task Speakers_that_a_provider_named_are_numbered_as_they_appear_and_the_unnamed_go_with_their_neighbours()
    {
        var spoken = await OfAsync(
            [.. Voices.Said("One.", "Two.", "Three.", "Four.").Zip(["speaker_3", null, "speaker_1", "speaker_3"], (segment, name) => segment with { Speaker = name })],
            Voices.Sound(Low, Low, Low, Low),
            Plain);

        Assert.Equal(["SPEAKER_00", "SPEAKER_00", "SPEAKER_01", "SPEAKER_00"], Speakers(spoken));
        Assert.Equal(new TranscriptDiarization(true, "provider", "medium"), spoken.Diarization);
    }

    [Fact]
    public async Task Names_of_several_chunks_are_joined_by_the_voices()
    {
        var sound = Voices.Sound(Low, High, High, Low, Low) with
        {
            Chunks =
            [
                new(0, 0, SampleRange.OfSeconds(0, 2)), new(0, 1, SampleRange.OfSeconds(2, 4)), new PlannedChunk(0, 2, SampleRange.OfSeconds(4, 5)),
            ],
        };
        var spoken = await OfAsync(
            [.. Voices.Said("One.", "Two.", "Three.", "Four.", "Five.").Zip(["A", "B", "A", "B", "A"], (segment, name) => segment with { Speaker = name })], sound, Plain);

        Assert.Equal(["SPEAKER_00", "SPEAKER_01", "SPEAKER_01", "SPEAKER_00", "SPEAKER_00"], Speakers(spoken));
        Assert.Equal(new TranscriptDiarization(true, "provider", "low"), spoken.Diarization);
    }

    [Fact]
    public async Task A_provider_s_speakers_are_no_more_than_were_announced()
    {
        var spoken = await OfAsync(
            [.. Voices.Said("One.", "Two.", "Three.").Zip(["A", "B", "C"], (segment, name) => segment with { Speaker = name })],
            Voices.Sound(Low, High, Low),
            Plain with { NumSpeakers = 2 });

        Assert.Equal(["SPEAKER_00", "SPEAKER_01", "SPEAKER_00"], Speakers(spoken));
    }

    [Fact]
    public async Task A_gap_is_nobody_s_and_nobody_talks_in_it()
    {
        var spoken = await OfAsync([.. Voices.Said("One."), new TranscriptSegment(1, 2, "", null) { Gap = true }], Voices.Sound(Low, Low), Plain);

        Assert.Equal(["SPEAKER_00", null], Speakers(spoken));
        Assert.Equal([new TranscriptSpeaker("SPEAKER_00", null, null, 0.9)], spoken.Speakers);
    }

    [Theory]
    [InlineData(3, "num_speakers: 3 were announced; without a provider that tells speakers apart at most 2 are.")]
    [InlineData(2, null)]
    public async Task More_than_two_speakers_cannot_be_guessed(int announced, string? warning)
    {
        var spoken = await OfAsync(Voices.Said("One.", "Two."), Voices.Sound(Low, High), Plain with { NumSpeakers = announced });

        Assert.Equal(warning is null ? [] : [warning], spoken.Warnings);
    }

    [Fact]
    public async Task Nothing_said_is_nobody()
    {
        var spoken = await OfAsync([], Voices.Sound(Low), Plain);

        Assert.Empty(spoken.Segments);
        Assert.Empty(spoken.Speakers);
        Assert.Equal(new TranscriptDiarization(true, "none", null), spoken.Diarization);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(105)]
    [InlineData(163)]
    [InlineData(210)]
    [InlineData(250)]
    public void Pitch_is_heard_without_its_fundamental(double hertz) => Assert.Equal(hertz, Pitch.Hertz(Voices.Buzz((hertz, -20), 8000))!.Value, hertz * 0.02);

    [Fact]
    public void Silence_and_a_moment_have_no_pitch()
    {
        Assert.Null(Pitch.Hertz(new short[16_000]));
        Assert.Null(Pitch.Hertz([]));
        Assert.Null(Pitch.Hertz(Voices.Buzz((120, -20), 1000)));
    }
}
