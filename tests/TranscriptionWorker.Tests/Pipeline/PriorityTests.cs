using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.TranscriptionWorker.Tests.Pipeline;

/// <summary>A long recording of low priority lets a short one of high priority pass, and loses little by it.</summary>
public sealed class PriorityTests(Stores stores)
{
    const int Chunks = 20;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public async Task A_short_urgent_call_passes_a_long_recording(int slots)
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_FIRST_TOKEN_MS=300", "--SIMULATOR_REQUEST_LOG=10000");
        await simulator.PostAsync("/admin/transcripts", new { words_per_second = 2.5 });
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(
            ("VOXTRAL_BASE_URL", $"{simulator.Address}"), ("WORKER_CLAIM_LIMIT", $"{slots}"), ("TRANSCRIPTION_MAX_CALLS", "1"));

        var low = await caller.SubmitAsync(Input(Utterances.Wav(8, Enumerable.Repeat((3.0, 1.0), Chunks))), priority: JobPriority.Low);
        await Eventually.That(async () => Assert.NotEmpty(await ChunksAsync(caller, low)), Ct);
        var high = await caller.SubmitAsync(Input(Utterances.Wav(9, (3.0, 0.5))), priority: JobPriority.High);
        var (urgent, slow) = (await caller.FinalAsync(high), await caller.FinalAsync(low));

        Assert.Equal((JobStatus.Completed, JobStatus.Completed), (urgent.Status, slow.Status));
        Assert.True(urgent.FinishedAt < slow.FinishedAt, "The long recording was done first.");
        // With one slot the recording had to give it up, and its calls in hand were made again.
        var calls = (await simulator.RequestsAsync()).GetProperty("requests").EnumerateArray()
            .Count(request => request.GetProperty("path").GetString()!.EndsWith("/audio/transcriptions", StringComparison.Ordinal));
        Assert.InRange(calls, Chunks + 1, Chunks + 1 + (slots == 1 ? 4 : 0));
    }

    static JsonElement Input(byte[] audio) => JsonSerializer.SerializeToElement(new { audio_base64 = Convert.ToBase64String(audio), chunk_seconds = 5 });

    static async Task<IEnumerable<string>> ChunksAsync(Caller caller, Guid id) =>
        (await caller.Checkpoints.ReadAsync(JobScope.All, id, Ct)).Select(saved => saved.Key).Where(key => key.StartsWith("chunk-", StringComparison.Ordinal));
}
