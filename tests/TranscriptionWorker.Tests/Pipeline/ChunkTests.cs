using System.Text.Json;
using AiPlatform.WorkerRuntime;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.TranscriptionWorker.Tests.Pipeline;

/// <summary>What becomes of chunks that a provider does not transcribe at once.</summary>
public sealed class ChunkTests
{
    static readonly byte[] Three = Utterances.Wav(5, Enumerable.Repeat((4.0, 1.0), 3));

    [Fact]
    public async Task A_chunk_that_is_refused_is_a_gap_and_told()
    {
        await using var simulator = await Simulator.StartAsync();
        // It is sent once more as other bytes.
        await simulator.PostAsync("/admin/faults", new { fault = "status;code=400", times = 2 });
        await using var worker = Worker(simulator);

        var result = await worker.ResultAsync(Input(("include_gaps", true)));

        Assert.Equal((3, 2, 1), (result.Chunks!.Total, result.Chunks.Completed, result.Chunks.Failed));
        Assert.Equal("", Assert.Single(result.Segments, segment => segment.Gap).Text);
        Assert.StartsWith("gap: ", Assert.Single(result.Warnings), StringComparison.Ordinal);
        Assert.Equal(1, worker.Journal.Progress.Last(progress => progress.Stage == "transcribing").Chunks!.Failed);
    }

    [Fact]
    public async Task A_chunk_that_is_refused_once_is_sent_as_other_bytes()
    {
        await using var simulator = await Simulator.StartAsync();
        await simulator.PostAsync("/admin/faults", new { fault = "status;code=400" });
        await using var worker = Worker(simulator);

        var result = await worker.ResultAsync(Input());

        Assert.Equal((3, 1), (result.Chunks!.Completed, result.Usage!.Retries));
        Assert.Empty(result.Warnings);
    }

    [Theory]
    [InlineData(true, 2, "1 of 3 chunks could not be transcribed.")]
    [InlineData(false, 6, "3 of 3 chunks could not be transcribed.")]
    public async Task Where_it_has_to_be_whole_or_nothing_is_left_the_job_fails(bool strict, int times, string message)
    {
        await using var simulator = await Simulator.StartAsync();
        await simulator.PostAsync("/admin/faults", new { fault = "status;code=400", times });
        await using var worker = Worker(simulator);

        var failed = Assert.IsType<AttemptOutcome.Failed>(await worker.RunAsync(Input(("strict", strict))));

        Assert.Equal("input_rejected", failed.Error.Category);
        Assert.StartsWith(message, failed.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_goes_in_circles_is_asked_for_again_and_then_in_halves()
    {
        await using var simulator = await Simulator.StartAsync();
        await simulator.PostAsync("/admin/faults", new { fault = "loop", times = 2 });
        await using var worker = Worker(simulator);

        var result = await worker.ResultAsync(Input(audio: Utterances.Wav(6, (4.0, 1.0), (4.0, 0.5)), fields: ("chunk_seconds", 30)));

        Assert.Equal((1, 3), (result.Usage!.Chunks, result.Usage.Retries));
        Assert.Equal(2, result.Segments.Count);
        Assert.Empty(result.Warnings);
    }

    [Fact]
    public async Task A_passing_failure_costs_nothing_but_a_call()
    {
        await using var simulator = await Simulator.StartAsync();
        await simulator.PostAsync("/admin/faults", new { fault = "status;code=503" });
        await using var worker = Worker(simulator);

        var result = await worker.ResultAsync(Input());

        Assert.Equal((3, 1), (result.Chunks!.Completed, result.Usage!.Retries));
        Assert.Empty(result.Warnings);
    }

    [Fact]
    public async Task A_run_that_failed_leaves_its_chunks_to_the_next()
    {
        var calls = 0;
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref calls) == 2 ? 503 : 200;
            await context.Response.WriteAsync("""{"text":"Hello there, this is what was said."}""", context.RequestAborted);
        });
        await using var worker = new HandlerHost(
            new() { VoxtralBaseUrl = server.Address }, pipeline: new() { ChunkSeconds = 6, ChunkTries = 1, ParallelChunks = 1 });

        Assert.Equal("provider_error", Assert.IsType<AttemptOutcome.Failed>(await worker.RunAsync(Input())).Error.Category);
        var result = await worker.ResultAsync(Input());

        Assert.Equal((4, 3), (calls, result.Chunks!.Completed));
        Assert.Equal(1, worker.Journal.Progress.Last(progress => progress.Stage == "transcribing").Chunks!.Reused);
        // Another temperature may give another text.
        await worker.ResultAsync(Input(("temperature", 0.5)));
        Assert.Equal(7, calls);
    }

    [Fact]
    public async Task The_failure_of_one_chunk_lets_those_under_way_come_to_their_end_and_no_other_begin()
    {
        var arrived = 0;
        var both = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            var place = Interlocked.Increment(ref arrived);
            if (place == 2)
            {
                both.SetResult();
            }
            await both.Task.WaitAsync(context.RequestAborted);
            if (place == 1)
            {
                await ScriptedServer.AnswerAsync(context, 401, "{}"u8.ToArray(), "application/json");
                return;
            }
            // Time to close this call when the other one has failed.
            await Task.Delay(TimeSpan.FromSeconds(1), context.RequestAborted);
            await ScriptedServer.AnswerAsync(context, 200, """{"text":"What was said in these four seconds."}"""u8.ToArray(), "application/json");
        });
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = server.Address }, pipeline: new() { ChunkSeconds = 6, ParallelChunks = 2 });

        var failed = Assert.IsType<AttemptOutcome.Failed>(await worker.RunAsync(Input()));

        Assert.Equal("provider_rejected", failed.Error.Category);
        Assert.Equal((2, 1), (arrived, worker.Journal.Keys.Count(key => key.StartsWith("chunk-", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Each_chunk_goes_to_another_provider_where_the_first_one_fails()
    {
        await using var simulator = await Simulator.StartAsync();
        await simulator.PostAsync("/admin/faults", new { fault = "status;code=500", path = "/v1/audio/transcriptions" });
        await using var worker = new HandlerHost(
            new() { VoxtralBaseUrl = simulator.Address, WhisperXUrl = new Uri(simulator.Address, "/whisperx") },
            pipeline: new() { ChunkSeconds = 6, ChunkTries = 1, ParallelChunks = 1 });

        var result = await worker.ResultAsync(Input());

        Assert.Equal((3, 1), (result.Chunks!.Completed, result.Usage!.Retries));
        Assert.StartsWith("fallback: ", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audio_with_nothing_to_understand_is_asked_for_twice_and_no_more()
    {
        await using var simulator = await Simulator.StartAsync();
        await simulator.PostAsync("/admin/transcripts", new { text = "" });
        await using var worker = Worker(simulator);

        var result = await worker.ResultAsync(Input());

        Assert.Equal(("", 3), (result.Text, result.Usage!.Retries));
        Assert.All(result.Warnings, warning => Assert.StartsWith("suspected_empty_text", warning, StringComparison.Ordinal));
    }

    static HandlerHost Worker(Simulator simulator) =>
        new(new() { VoxtralBaseUrl = simulator.Address }, pipeline: new() { ChunkSeconds = 6, ParallelChunks = 1 });

    static JsonElement Input(params (string Name, object Value)[] fields) => Input(Three, fields);

    static JsonElement Input(byte[] audio, params (string Name, object Value)[] fields) => JsonSerializer.SerializeToElement(
        fields.Append((Name: "audio_base64", Value: Convert.ToBase64String(audio))).ToDictionary(field => field.Name, field => field.Value));
}
