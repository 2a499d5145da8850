using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.TranscriptionWorker.Tests.Pipeline;

/// <summary>A worker that dies in the middle of a long recording costs the chunks it had in hand, and nothing else.</summary>
public sealed class ResumeTests(Stores stores)
{
    const int Chunks = 60;
    const int Kills = 10;
    const int Parallel = 4;

    /// <summary>Chunks that are to be done before the next kill: half of the recording is left after the last one.</summary>
    const int ChunksAKill = 3;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_kills_in_sixty_chunks_cost_at_most_the_chunks_in_hand_and_change_nothing()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_FIRST_TOKEN_MS=200", "--SIMULATOR_REQUEST_LOG=100000");
        await simulator.PostAsync("/admin/transcripts", new { words_per_second = 2.5 });
        await using var caller = await Caller.StartAsync(stores);
        var audio = Recording();
        var undisturbed = await UndisturbedAsync(simulator, caller, audio);
        var before = await CallsAsync(simulator);
        Assert.Equal(Chunks, before);

        var id = await SubmitAsync(caller, audio);
        for (var kill = 1; kill <= Kills; kill++)
        {
            await using var worker = await WorkerAsync(simulator, caller);
            await Eventually.That(async () => Assert.InRange(await SavedAsync(caller, id), kill * ChunksAKill, Chunks), Ct);
            await worker.KillAsync();
            // What the end of its lease does, without waiting for it. A job that was done meanwhile has nothing left to kill.
            if (await caller.Queue.RetryAsync(JobScope.All, id, Ct) != ChangeResult.Changed)
            {
                break;
            }
        }
        await using var last = await WorkerAsync(simulator, caller);
        var result = Result(await caller.FinalAsync(id));

        Assert.Equal(undisturbed.Text, result.Text);
        Assert.Equal(undisturbed.Segments, result.Segments);
        Assert.Equal(new TranscriptChunks(Chunks, Chunks, 0), result.Chunks);
        Assert.InRange(await CallsAsync(simulator) - before, Chunks, Chunks + (Kills * Parallel));
    }

    [Fact]
    public async Task What_a_killed_worker_had_done_is_taken_over_when_its_lease_ends()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_FIRST_TOKEN_MS=300");
        await simulator.PostAsync("/admin/transcripts", new { words_per_second = 2.5 });
        await using var caller = await Caller.StartAsync(stores);
        var id = await SubmitAsync(caller, Recording());
        var saved = 0;
        await using (var first = await WorkerAsync(simulator, caller, ("WORKER_RENEWED_LEASE", "2s")))
        {
            await Eventually.That(async () => Assert.NotEqual(0, saved = await SavedAsync(caller, id)), Ct);
            await first.KillAsync();
        }
        await using var second = await WorkerAsync(simulator, caller);

        Assert.Equal(new TranscriptChunks(Chunks, Chunks, 0), Result(await caller.FinalAsync(id)).Chunks);
        Assert.InRange(await CallsAsync(simulator), Chunks, (2 * Chunks) - saved);
    }

    static async Task<TranscriptionResult> UndisturbedAsync(Simulator simulator, Caller caller, byte[] audio)
    {
        await using var worker = await WorkerAsync(simulator, caller);
        return Result(await caller.FinalAsync(await SubmitAsync(caller, audio)));
    }

    static Task<ServiceProcess> WorkerAsync(Simulator simulator, Caller caller, params (string Name, string Value)[] settings) => caller.WorkerAsync(
        [("VOXTRAL_BASE_URL", $"{simulator.Address}"), ("TRANSCRIPTION_PARALLEL_CHUNKS", $"{Parallel}"), .. settings]);

    static Task<Guid> SubmitAsync(Caller caller, byte[] audio) =>
        caller.SubmitAsync(JsonSerializer.SerializeToElement(new { audio_base64 = Convert.ToBase64String(audio), chunk_seconds = 5 }));

    /// <summary>Sentences of three to four seconds with a second's pause: each is a chunk.</summary>
    static byte[] Recording()
    {
        var random = new Random(7);
        return Utterances.Wav(7, Enumerable.Range(0, Chunks).Select(_ => (3 + random.NextDouble(), 1.0)));
    }

    static async Task<int> SavedAsync(Caller caller, Guid id) =>
        (await caller.Checkpoints.ReadAsync(JobScope.All, id, Ct)).Count(saved => saved.Key.StartsWith("chunk-", StringComparison.Ordinal));

    static async Task<int> CallsAsync(Simulator simulator) => (await simulator.RequestsAsync()).GetProperty("requests").EnumerateArray()
        .Count(request => request.GetProperty("path").GetString()!.EndsWith("/audio/transcriptions", StringComparison.Ordinal));

    static TranscriptionResult Result(JobView job)
    {
        Assert.True(job.Status == JobStatus.Completed, job.Error?.Message);
        return job.Result!.Value.Deserialize(ContractsJson.Default.TranscriptionResult)!;
    }
}
