using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Segments;
using AiPlatform.TranscriptionWorker.Speakers;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>Makes the job's result of the chunks' outcomes.</summary>
static class TranscriptAssembly
{
    public const string NoSpeech = "no_speech: nobody was heard to speak.";

    /// <param name="outcomes">In the order of the audio's chunks.</param>
    public static async Task<TranscriptionResult> MakeAsync(
        ChunkWork work, string? profile, IReadOnlyList<ChunkOutcome> outcomes, CancellationToken ct)
    {
        var (audio, input) = (work.Audio, work.Input);
        var tracks = audio.Tracks.Select((_, track) => TrackMerge.Of([.. Chunks(audio, outcomes).Where(chunk => chunk.Chunk.Track == track)])).ToList();
        var spoken = await SpeakerLabels.OfAsync(
            tracks, audio, new SpeakerRequest(input.Diarize, input.NumSpeakers, input.ChannelRoles, Offsets(input.ChannelOffsetsMs)), ct);
        var first = outcomes.FirstOrDefault(outcome => outcome.Provider is not null);
        var asked = work.Providers().Select(transcriber => transcriber.Provider).FirstOrDefault();
        var failed = outcomes.Count(outcome => outcome.Gaps.Count > 0);
        return new TranscriptionResult
        {
            Text = string.Join(' ', spoken.Segments.Where(segment => !segment.Gap).Select(segment => segment.Text)),
            Segments = input.IncludeGaps ? spoken.Segments : WithoutGaps(spoken.Segments),
            Speakers = spoken.Speakers,
            Diarization = spoken.Diarization,
            Duration = Math.Round(spoken.Duration, 3),
            Language = input.Language ?? MostFrequent(outcomes.Select(outcome => outcome.Language)),
            Audio = new TranscriptAudio(audio.Facts.Channels, audio.Facts.SampleRate, audio.Facts.Codec, work.AudioSha256, audio.Facts.DualMono),
            Usage = Usage(audio, outcomes),
            Provider = MostFrequent(outcomes.Select(outcome => outcome.Provider)) ?? asked?.Name,
            Model = first?.Model ?? asked?.Model ?? asked?.Name,
            Profile = profile,
            Chunks = new TranscriptChunks(outcomes.Count, outcomes.Count - failed, failed),
            Warnings = [.. Warnings(audio, outcomes).Concat(spoken.Warnings).Distinct()],
        };
    }

    static IEnumerable<(PlannedChunk Chunk, IReadOnlyList<TranscriptSegment> Segments)> Chunks(PreparedAudio audio, IReadOnlyList<ChunkOutcome> outcomes) =>
        audio.Chunks.Zip(outcomes, (chunk, outcome) => (chunk, outcome.Gaps.Count == 0 ? outcome.Segments : WithGaps(audio, chunk, outcome)));

    static IReadOnlyList<TranscriptSegment> WithGaps(PreparedAudio audio, PlannedChunk chunk, ChunkOutcome outcome) =>
    [
        .. outcome.Segments
            .Concat(outcome.Gaps.Select(gap => ChunkSegments.Gap(chunk with { Range = new SampleRange(gap.Start, gap.End) }, audio.Tracks[chunk.Track])))
            .OrderBy(segment => segment.Start),
    ];

    static IReadOnlyList<TranscriptSegment> WithoutGaps(IReadOnlyList<TranscriptSegment> segments) =>
        [.. segments.Where(segment => !segment.Gap).Select((segment, id) => segment with { Id = id })];

    static TranscriptUsage Usage(PreparedAudio audio, IReadOnlyList<ChunkOutcome> outcomes) => new(
        (int)Math.Ceiling(audio.Facts.Duration),
        (int)Math.Ceiling(outcomes.Sum(outcome => outcome.SentSeconds)),
        outcomes.Count,
        Math.Max(0, outcomes.Sum(outcome => outcome.Calls) - outcomes.Count));

    static IEnumerable<string> Warnings(PreparedAudio audio, IReadOnlyList<ChunkOutcome> outcomes)
    {
        foreach (var warning in audio.Warnings.Concat(outcomes.SelectMany(outcome => outcome.Warnings)))
        {
            yield return warning;
        }
        foreach (var channel in audio.Facts.SilentChannels.Where(_ => audio.Chunks.Count > 0))
        {
            yield return FormattableString.Invariant($"silent_channel: next to nobody was heard on channel {channel}, and it was not transcribed.");
        }
        foreach (var track in audio.Tracks.Where(track => track.Echoes.Count > 0))
        {
            yield return FormattableString.Invariant(
                $"echo: {track.Echoes.Sum(echo => echo.Seconds):0.0} s of channel {track.Channel} are the other channel heard through, and were not transcribed.");
        }
        foreach (var gap in outcomes.SelectMany(outcome => outcome.Gaps))
        {
            var range = new SampleRange(gap.Start, gap.End);
            yield return FormattableString.Invariant($"gap: {range.StartSeconds:0.0} s to {range.EndSeconds:0.0} s could not be transcribed. {gap.Error.Message}");
        }
        if (audio.Chunks.Count == 0)
        {
            yield return NoSpeech;
        }
        var providers = outcomes.Select(outcome => outcome.Provider).OfType<string>().Distinct().ToList();
        if (providers.Count > 1)
        {
            yield return $"fallback: chunks were transcribed by {string.Join(", ", providers)}.";
        }
    }

    /// <summary>After the start of the channel that began first: times before that there are none.</summary>
    static IReadOnlyList<double>? Offsets(IReadOnlyList<int>? milliseconds)
    {
        var first = Math.Min(0, milliseconds?.DefaultIfEmpty().Min() ?? 0);
        return milliseconds is null ? null : [.. milliseconds.Append(0).Take(Math.Max(2, milliseconds.Count)).Select(offset => (offset - first) / 1000.0)];
    }

    static string? MostFrequent(IEnumerable<string?> words) =>
        words.OfType<string>().GroupBy(word => word).OrderByDescending(group => group.Count()).FirstOrDefault()?.Key;
}
