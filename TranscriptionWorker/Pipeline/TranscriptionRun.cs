using System.Text.Json;
using AiPlatform.Jobs;
using AiPlatform.TranscriptionWorker.Audio;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>Does the chunks of one job that no earlier run has done, a few at a time, and keeps each as soon as it is done.</summary>
sealed class TranscriptionRun(ChunkTranscriber transcriber, IOptions<PipelineOptions> options, TimeProvider time)
{
    /// <returns>The outcomes, in the plan's order.</returns>
    /// <exception cref="ChunkFailedException">A chunk could not be done; those that are done are kept.</exception>
    public async Task<IReadOnlyList<ChunkOutcome>> RunAsync(ChunkWork work, IRunJournal journal, CancellationToken ct)
    {
        var plan = StoredPlan.Of(work);
        var board = new ChunkBoard(plan, chunk => SpeechSeconds(work.Audio, chunk), time);
        var saved = (await journal.SavedAsync(ct)).ToDictionary(checkpoint => checkpoint.Key, checkpoint => checkpoint.Content, StringComparer.Ordinal);
        TakeOver(plan, board, saved);
        if (!saved.TryGetValue(StoredPlan.Key, out var earlier) || Read(earlier)?.Name != plan.Name)
        {
            await journal.SaveAsync(new Checkpoint(StoredPlan.Key, JsonSerializer.SerializeToElement(plan, PipelineJson.Default.StoredPlan)), ct);
        }
        await journal.BeginTextAsync(board.NewText(), ct);
        journal.Report(board.Progress("transcribing"));
        await DoAsync(work, plan, board, journal, ct);
        return board.Outcomes;
    }

    static void TakeOver(StoredPlan plan, ChunkBoard board, Dictionary<string, JsonElement> saved)
    {
        for (var place = 0; place < plan.Chunks.Count; place++)
        {
            if (saved.TryGetValue(plan.KeyOf(plan.Chunks[place]), out var content)
                && content.Deserialize(PipelineJson.Default.ChunkOutcome) is { } outcome)
            {
                board.Reuse(place, outcome);
            }
        }
    }

    static StoredPlan? Read(JsonElement content) => content.Deserialize(PipelineJson.Default.StoredPlan);

    async Task DoAsync(ChunkWork work, StoredPlan plan, ChunkBoard board, IRunJournal journal, CancellationToken ct)
    {
        var telling = new Lock();
        ChunkFailedException? first = null;
        // The first failure lets no further call begin. Those under way come to their end, or to their time limit, and are kept: the next run need not make them.
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Parallel.ForEachAsync(
            board.Missing,
            new ParallelOptions { MaxDegreeOfParallelism = options.Value.ParallelChunks, CancellationToken = ct },
            async (place, stop) =>
            {
                var chunk = plan.Chunks[place];
                if (await TryTranscribeAsync(chunk, stop) is not { } outcome)
                {
                    return;
                }
                board.Done(place, outcome);
                // What is paid for is kept even where the others are being stopped.
                await journal.SaveAsync(
                    new Checkpoint(plan.KeyOf(chunk), JsonSerializer.SerializeToElement(outcome, PipelineJson.Default.ChunkOutcome)), ct);
                lock (telling)
                {
                    journal.Tell(board.NewText());
                    journal.Report(board.Progress("transcribing"));
                }
            });
        if (first is not null)
        {
            throw first;
        }

        async Task<ChunkOutcome?> TryTranscribeAsync(PlannedChunk chunk, CancellationToken stop)
        {
            if (failed.IsCancellationRequested)
            {
                return null;
            }
            try
            {
                // Also where something else stops the others, such as a chunk that cannot be kept.
                using var noMore = CancellationTokenSource.CreateLinkedTokenSource(failed.Token, stop);
                return await transcriber.TranscribeAsync(work, chunk, noMore.Token, stop);
            }
            catch (ChunkFailedException failure)
            {
                Interlocked.CompareExchange(ref first, failure, null);
                await failed.CancelAsync();
                return null;
            }
            catch (OperationCanceledException) when (failed.IsCancellationRequested && !stop.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    static double SpeechSeconds(PreparedAudio audio, PlannedChunk chunk) =>
        audio.Tracks[chunk.Track].Speech.Sum(range => range.Within(chunk.Range).Seconds);
}
