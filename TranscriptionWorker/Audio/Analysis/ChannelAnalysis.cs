using AiPlatform.TranscriptionWorker.Audio.Decoding;

namespace AiPlatform.TranscriptionWorker.Audio.Analysis;

/// <summary>Decides what is transcribed for itself: each channel, or all as one.</summary>
/// <param name="Kept">The channels that <paramref name="Tracks"/> are made of, in the same order.</param>
/// <param name="SilentChannels">Of the file; those on which next to nobody speaks.</param>
sealed record ChannelAnalysis(
    IReadOnlyList<SpeechTrack> Tracks, IReadOnlyList<DecodedChannel> Kept, bool DualMono, IReadOnlyList<int> SilentChannels)
{
    // One recording on both channels, as players that know only stereo are fed: each word would be transcribed twice.
    const double SameCorrelation = 0.98;
    const double SameLevel = 1;

    // A single short word on a leg is more than either.
    const double SilentShare = 0.01;
    const double SilentSeconds = 0.5;

    public static ChannelAnalysis Of(DecodedAudio audio, int sourceChannels)
    {
        var tracks = audio.Channels.Select((channel, number) => new SpeechTrack(sourceChannels > 2 ? null : number, VoiceActivity.Find(channel))).ToList();
        var isDualMono = tracks is [_, _] && IsDualMono(audio, tracks);
        if (tracks is [_, _] && !isDualMono)
        {
            tracks = [.. tracks.Select((track, own) => ChannelEcho.Without(track, audio.Channels[own], audio.Channels[1 - own]))];
        }
        var silent = tracks.Where(track => IsSilent(track, audio.Seconds)).Select(track => track.Channel ?? 0).ToList();
        return (tracks, silent) switch
        {
            ([_, _], []) when isDualMono => new([tracks[0] with { Channel = null }], [audio.Channels[0]], true, []),
            ([_, _], [var only]) => new([tracks[1 - only]], [audio.Channels[1 - only]], false, silent),
            ([_, _], [_, _]) => new([tracks[0] with { Channel = null }], [audio.Channels[0]], false, silent),
            _ => new(tracks, audio.Channels, false, sourceChannels > 2 ? [] : silent),
        };
    }

    static bool IsSilent(SpeechTrack track, double seconds) => track.SpeechSeconds < SilentSeconds && track.SpeechSeconds < SilentShare * seconds
        || track.Speech.Count == 0;

    /// <summary>Compared where either channel has speech.</summary>
    static bool IsDualMono(DecodedAudio audio, List<SpeechTrack> tracks)
    {
        var (left, right, both) = (0.0, 0.0, 0.0);
        foreach (var range in tracks.SelectMany(track => track.Speech))
        {
            var end = (int)Math.Min(audio.Cross!.Length, range.End / FrameEnergy.FrameSamples);
            for (var frame = (int)(range.Start / FrameEnergy.FrameSamples); frame < end; frame++)
            {
                left += audio.Channels[0].Energy[frame];
                right += audio.Channels[1].Energy[frame];
                both += audio.Cross![frame];
            }
        }
        return both > SameCorrelation * Math.Sqrt(left * right) && Math.Abs(Levels.Of(left) - Levels.Of(right)) < SameLevel;
    }
}
