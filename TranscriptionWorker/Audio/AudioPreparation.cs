using AiPlatform.TranscriptionWorker.Audio.Analysis;
using AiPlatform.TranscriptionWorker.Audio.Decoding;
using AiPlatform.TranscriptionWorker.Audio.Temp;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>Decodes a job's audio once, finds out who speaks when, and plans the chunks to send.</summary>
sealed class AudioPreparation(AudioOpener opener, AudioDecoder decoder, AudioTempFolder folder)
{
    /// <summary>Stored with a plan. It goes up whenever the same audio and options would be cut otherwise than before, as chunks of two plans do not
    /// fit together.</summary>
    public const int PlanVersion = 2;

    /// <param name="audio">No longer needed afterwards.</param>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> fired.</exception>
    public async Task<PreparationResult> PrepareAsync(SpooledAudio audio, ChannelPlanOptions options, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxChunkSeconds, ChannelPlanOptions.LeastChunkSeconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaxChunkSeconds, ChannelPlanOptions.MostChunkSeconds);
        try
        {
            var (opened, refused) = await opener.OpenAsync(audio, ct);
            if (opened is null)
            {
                return new PreparationResult.Failed(refused!);
            }
            await using var source = opened;
            var (decoded, problem) = await decoder.DecodeAsync(source, ct);
            return decoded is null ? new PreparationResult.Failed(folder.Judged(problem!, audio.Bytes)) : new PreparationResult.Prepared(Plan(source, decoded, options));
        }
        catch (DiskException failure)
        {
            return new PreparationResult.Failed(folder.Judged(failure.Problem, audio.Bytes));
        }
    }

    static PreparedAudio Plan(IFrameSource source, DecodedAudio decoded, ChannelPlanOptions options)
    {
        var analysis = ChannelAnalysis.Of(decoded, source.Channels);
        foreach (var unneeded in decoded.Channels.Except(analysis.Kept))
        {
            unneeded.Dispose();
        }
        return new PreparedAudio(analysis.Kept)
        {
            Facts = new AudioFacts(
                source.Channels, source.SourceRate, source.Codec, decoded.Seconds, analysis.DualMono, analysis.SilentChannels),
            Tracks = analysis.Tracks,
            Chunks =
            [
                .. analysis.Tracks
                    .SelectMany((track, number) => ChunkPlan.Of(number, track.Speech, analysis.Kept[number].Energy, options.MaxChunkSeconds))
                    .OrderBy(chunk => chunk.Range.Start).ThenBy(chunk => chunk.Track),
            ],
            Warnings = source.Warnings,
        };
    }
}
