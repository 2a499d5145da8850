using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Segments;

namespace AiPlatform.TranscriptionWorker.Speakers;

/// <summary>
/// Says who speaks, and makes one transcript of all tracks. Two channels are two speakers, exactly. On one track a provider's speakers are taken; where
/// it named none, two voices are told apart by a guess, which is always said to be one.
/// </summary>
static class SpeakerLabels
{
    /// <param name="tracks">Their segments, in the order of the tracks of <paramref name="audio"/>.</param>
    public static Task<SpokenTranscript> OfAsync(
        IReadOnlyList<IReadOnlyList<TranscriptSegment>> tracks, PreparedAudio audio, SpeakerRequest request, CancellationToken ct) =>
        OfAsync(tracks, new SpeakerSound(audio.Tracks, audio.Chunks, audio.Facts.Duration, audio.LevelDb, audio.ReadSamplesAsync), request, ct);

    public static Task<SpokenTranscript> OfAsync(
        IReadOnlyList<IReadOnlyList<TranscriptSegment>> tracks, SpeakerSound sound, SpeakerRequest request, CancellationToken ct) =>
        tracks.Count == 2 ? Task.FromResult(OfChannels(tracks, sound, request)) : OfOneTrackAsync([.. tracks.SelectMany(track => track)], sound, request, ct);

    static SpokenTranscript OfChannels(IReadOnlyList<IReadOnlyList<TranscriptSegment>> tracks, SpeakerSound sound, SpeakerRequest request)
    {
        double[] offsets = [.. sound.Tracks.Select(track => Offset(track.Channel, request))];
        IReadOnlyList<IReadOnlyList<TranscriptSegment>> shifted = [.. tracks.Select((track, i) => Shifted(track, offsets[i]))];
        var heard = ChannelBleed.Drop(shifted, offsets, sound.LevelDb);
        List<string> warnings = [];
        for (var i = 0; i < heard.Count; i++)
        {
            if (tracks[i].Count - heard[i].Count is > 0 and var dropped)
            {
                warnings.Add($"channel_bleed: {dropped} {(dropped == 1 ? "segment" : "segments")} of channel {sound.Tracks[i].Channel} repeated the other channel, which is heard on it, and {(dropped == 1 ? "was" : "were")} dropped.");
            }
        }
        if (request is { Diarize: true, NumSpeakers: > 2 })
        {
            warnings.Add($"num_speakers: {request.NumSpeakers} were announced; on two channels each channel is one speaker.");
        }
        var isOne = request.NumSpeakers == 1;
        return Told(
            [.. heard.SelectMany((track, i) => track.Select(segment => segment with
            {
                Speaker = SpeakerNames.Of(isOne ? 0 : sound.Tracks[i].Channel ?? i),
                SpeakerSource = isOne ? SpeakerSources.None : SpeakerSources.Channel,
            }))],
            isOne ? SpeakerSources.None : SpeakerSources.Channel,
            isOne ? null : DiarizationConfidence.High,
            sound.Duration + Math.Max(0, offsets.Max()),
            request,
            warnings);
    }

    static async Task<SpokenTranscript> OfOneTrackAsync(
        IReadOnlyList<TranscriptSegment> track, SpeakerSound sound, SpeakerRequest request, CancellationToken ct)
    {
        var spoken = track.Where(segment => !segment.Gap).ToList();
        var (numbers, source, confidence, warnings) = request.Diarize && request.NumSpeakers != 1
            ? await GuessAsync(spoken, sound, request, ct)
            : (new int[spoken.Count], SpeakerSources.None, null, []);
        var isOne = numbers.Distinct().Count() < 2;
        var offset = sound.Tracks.Count == 1 ? Offset(sound.Tracks[0].Channel, request) : 0;
        var named = spoken.Zip(numbers, (segment, number) => segment with { Speaker = SpeakerNames.Of(number), SpeakerSource = source })
            .Concat(track.Where(segment => segment.Gap));
        return Told(
            Shifted([.. named], offset),
            source,
            confidence,
            sound.Duration + Math.Max(0, offset),
            // Two voices on one channel: its role is one's, and nobody knows whose.
            isOne ? request : request with { ChannelRoles = null },
            warnings);
    }

    static async Task<(int[] Numbers, string Source, string? Confidence, List<string> Warnings)> GuessAsync(
        List<TranscriptSegment> spoken, SpeakerSound sound, SpeakerRequest request, CancellationToken ct)
    {
        var named = spoken.Where(segment => segment.Speaker is not null).Sum(segment => segment.End - segment.Start);
        if (named > 0 && named >= spoken.Sum(segment => segment.End - segment.Start) / 2)
        {
            var (speakers, areJoined) = await ProviderVoices.OfAsync(spoken, sound, request.NumSpeakers, ct);
            return (speakers, SpeakerSources.Provider, areJoined ? DiarizationConfidence.Low : DiarizationConfidence.Medium, []);
        }
        List<string> warnings = request.NumSpeakers > 2
            ? [$"num_speakers: {request.NumSpeakers} were announced; without a provider that tells speakers apart at most 2 are."]
            : [];
        List<Voice> voices = [];
        foreach (var segment in spoken)
        {
            voices.Add(await VoiceReader.ReadAsync(segment, 0, sound, ct));
        }
        return TwoVoices.Divide(spoken, voices, areTwo: request.NumSpeakers >= 2) is { } two
            ? (two, SpeakerSources.Heuristic, DiarizationConfidence.Low, warnings)
            : (new int[spoken.Count], SpeakerSources.None, null, warnings);
    }

    static double Offset(int? channel, SpeakerRequest request) => request.ChannelOffsets?.ElementAtOrDefault(channel ?? 0) ?? 0;

    static IReadOnlyList<TranscriptSegment> Shifted(IReadOnlyList<TranscriptSegment> segments, double offset) => offset == 0
        ? segments
        : [.. segments.Select(segment => segment with { Start = segment.Start + offset, End = segment.End + offset })];

    /// <summary>The rules that hold for the segments of every result, and who speaks for how long.</summary>
    static SpokenTranscript Told(
        IReadOnlyList<TranscriptSegment> segments,
        string method,
        string? confidence,
        double duration,
        SpeakerRequest request,
        IReadOnlyList<string> warnings)
    {
        var apart = segments.GroupBy(segment => (segment.Speaker, segment.Gap ? segment.Channel : null))
            .SelectMany(own => SegmentTimes.Apart(own, 0, duration))
            .OrderBy(segment => segment.Start).ThenBy(segment => segment.Channel).ThenBy(segment => segment.End)
            .Select((segment, id) => request.Diarize
                ? segment with { Id = id }
                : segment with { Id = id, Speaker = null, SpeakerSource = SpeakerSources.None })
            .ToList();
        var speakers = from segment in apart
                       where segment.Speaker is not null && !segment.Gap
                       group segment by segment.Speaker into own
                       orderby own.Key
                       let channel = own.Select(segment => segment.Channel).Distinct().Count() == 1 ? own.First().Channel : null
                       select new TranscriptSpeaker(
                           own.Key,
                           channel,
                           channel is { } place ? request.ChannelRoles?.ElementAtOrDefault(place) : null,
                           Math.Round(own.Sum(segment => segment.End - segment.Start), 3));
        return new SpokenTranscript(
            apart,
            [.. speakers],
            request.Diarize ? new(true, method, confidence) : new(false, SpeakerSources.None, null),
            warnings,
            duration);
    }
}
