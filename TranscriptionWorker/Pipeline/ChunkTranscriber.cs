using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.TranscriptionWorker.Segments;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>
/// Has one chunk transcribed, whatever that takes: provider after provider, several tries where one fails in a passing way, another temperature where
/// the text cannot be right, and two halves where that does not help. What is refused as audio, and only that, becomes a gap.
/// </summary>
sealed class ChunkTranscriber(CallGate gate, IOptions<PipelineOptions> options, TimeProvider time)
{
    /// <summary>Of the second try at a text that cannot be right.</summary>
    const double OtherTemperature = 0.2;

    static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);

    /// <param name="noMore">Lets no further call begin; one that is under way goes on.</param>
    /// <exception cref="ChunkFailedException">No provider answered.</exception>
    public Task<ChunkOutcome> TranscribeAsync(ChunkWork work, PlannedChunk chunk, CancellationToken noMore, CancellationToken ct) =>
        TranscribeAsync(work, new ChunkPart(work.Audio, chunk), new Stops(noMore, ct));

    async Task<ChunkOutcome> TranscribeAsync(ChunkWork work, ChunkPart part, Stops stops)
    {
        var tally = new Tally();
        Refused? refused = null;
        var providers = work.Providers();
        for (var i = 0; i < providers.Count; i++)
        {
            work.Asks?.Invoke(providers[i].Provider.Name, providers[i].Provider.Model);
            var (answer, why) = await AskAsync(work, part, providers[i], isLast: i == providers.Count - 1, tally, stops);
            if (answer is not null)
            {
                var whole = Outcome(work, part, answer, tally);
                return answer.WantsHalves && part.CanHalveForText ? await HalveAsync(work, part, whole, tally, stops) : whole;
            }
            if (why!.Refusal == ClipRefusal.TooLong && part.CanHalveForLength)
            {
                return await HalveAsync(work, part, whole: null, tally, stops);
            }
            refused = Refused.Worse(refused, why);
        }
        return refused!.IsOfTheAudio
            ? new ChunkOutcome([]) { Calls = tally.Calls, SentSeconds = tally.SentSeconds, Gaps = [new(part.Range.Start, part.Range.End, refused.Error)] }
            : throw new ChunkFailedException(refused.Failure);
    }

    /// <summary>Asks one provider until it answers or cannot. The best of its texts is kept where none is good.</summary>
    /// <param name="isLast">Of the providers. While there is another, one that hangs is not waited for again.</param>
    async Task<(Candidate? Answer, Refused? Why)> AskAsync(
        ChunkWork work, ChunkPart part, ITranscriber provider, bool isLast, Tally tally, Stops stops)
    {
        Candidate? best = null;
        var range = part.Range;
        var pause = FirstPause;
        for (var tries = 1; ; tries++)
        {
            var temperature = best is null ? work.Input.Temperature : Math.Max(OtherTemperature, work.Input.Temperature ?? 0);
            var result = await CallAsync(work, part, range, provider, temperature, tally, stops);
            if (result is ClipResult.Answered { Transcript: var transcript })
            {
                var candidate = new Candidate(transcript, part.SpeechSeconds, provider, range);
                if (candidate.IsGood || best is not null || tries >= options.Value.ChunkTries)
                {
                    return (Candidate.Better(best, candidate), null);
                }
                best = candidate;
                continue;
            }
            var failed = (ClipResult.Failed)result;
            var why = new Refused(failed.Failure, failed.Refusal);
            if (best is not null)
            {
                return (best, why);
            }
            if (why.IsOfTheAudio && why.Refusal != ClipRefusal.TooLong && range == part.Range && part.Widened is var wider && wider != range)
            {
                range = wider;
                continue;
            }
            var wait = failed.Failure.Pause ?? pause;
            if (!ErrorCategories.IsRetried(failed.Failure.Category) || tries >= options.Value.ChunkTries || wait > options.Value.MaxPause
                || (!isLast && failed.Failure.Category == ErrorCategories.ProviderTimeout))
            {
                return (null, why);
            }
            await Task.Delay(wait, time, stops.NoMore);
            pause *= 2;
        }
    }

    async Task<ClipResult> CallAsync(
        ChunkWork work, ChunkPart part, SampleRange range, ITranscriber provider, double? temperature, Tally tally, Stops stops)
    {
        // In this order, so that only clips with a place are in memory.
        using var place = await gate.EnterAsync(work.Priority, work.JobId, stops.NoMore);
        var wav = await work.Audio.ReadWavAsync(part.Chunk.Track, range, stops.AtOnce);
        var clip = work.Clip($"{work.JobId}-{part.Chunk.Track}-{part.Chunk.Index}", wav, range, temperature);
        var result = await provider.TranscribeAsync(clip, stops.AtOnce);
        tally.Calls++;
        tally.SentSeconds += result is ClipResult.Answered ? clip.Seconds : 0;
        return result;
    }

    /// <param name="whole">What there is of both together; it stands where a half goes wrong.</param>
    async Task<ChunkOutcome> HalveAsync(ChunkWork work, ChunkPart part, ChunkOutcome? whole, Tally tally, Stops stops)
    {
        var (first, second) = part.Halves();
        try
        {
            var left = await TranscribeAsync(work, first, stops);
            var right = await TranscribeAsync(work, second, stops);
            tally.Add(left, right);
            if (whole is not null && left.Gaps.Count + right.Gaps.Count > 0)
            {
                return whole with { Calls = tally.Calls, SentSeconds = tally.SentSeconds };
            }
            return new ChunkOutcome([.. left.Segments, .. right.Segments])
            {
                Provider = left.Provider ?? right.Provider,
                Model = left.Model ?? right.Model,
                Language = left.Language ?? right.Language,
                Calls = tally.Calls,
                SentSeconds = tally.SentSeconds,
                Gaps = [.. left.Gaps, .. right.Gaps],
                Warnings = [.. left.Warnings, .. right.Warnings],
            };
        }
        catch (ChunkFailedException) when (whole is not null)
        {
            return whole;
        }
    }

    static ChunkOutcome Outcome(ChunkWork work, ChunkPart part, Candidate answer, Tally tally) =>
        new(ChunkSegments.Of(answer.Transcript, part.Chunk with { Range = answer.Range }, work.Audio.Tracks[part.Chunk.Track]))
        {
            Provider = answer.Provider.Provider.Name,
            Model = answer.Provider.Provider.Model ?? answer.Provider.Provider.Name,
            Language = answer.Transcript.Language,
            Calls = tally.Calls,
            SentSeconds = tally.SentSeconds,
            Warnings = [.. answer.Transcript.Warnings, .. answer.Doubts()],
        };

    /// <param name="NoMore">Fires with <paramref name="AtOnce"/>, or before it where only what is under way is to be done.</param>
    readonly record struct Stops(CancellationToken NoMore, CancellationToken AtOnce);

    sealed class Tally
    {
        public int Calls { get; set; }
        public double SentSeconds { get; set; }

        public void Add(params ReadOnlySpan<ChunkOutcome> parts)
        {
            foreach (var part in parts)
            {
                Calls += part.Calls;
                SentSeconds += part.SentSeconds;
            }
        }
    }
}
