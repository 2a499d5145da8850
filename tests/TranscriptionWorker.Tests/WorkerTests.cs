using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>The worker as a real process on a real queue.</summary>
public sealed class WorkerTests(Stores stores)
{
    const string Key = "sk-secret-0123456789";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Several_jobs_are_transcribed_at_a_time()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_FIRST_TOKEN_MS=8000");
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("VOXTRAL_BASE_URL", $"{simulator.Address}"));

        var ids = await Task.WhenAll(
            caller.SubmitAsync(Wav.Call),
            caller.SubmitAsync(Wav.Call, "transcribe"),
            caller.SubmitAsync(Wav.Call, "transcription", "voxtral-small"),
            caller.SubmitAsync(Wav.Call, "transcribe", "voxtral-small"));
        var jobs = await Task.WhenAll(ids.Select(caller.FinalAsync));

        Assert.All(jobs, job => Assert.Equal(
            (JobStatus.Completed, 1, 3.693), (job.Status, job.Attempt, job.Result?.Deserialize(ContractsJson.Default.TranscriptionResult)?.Duration)));
        // All ran together: the last began before the first had ended.
        Assert.True(jobs.Max(job => job.StartedAt) < jobs.Min(job => job.FinishedAt));
    }

    [Fact]
    public async Task A_cancelled_job_ends_the_providers_work_and_a_stopped_worker_exits_in_order()
    {
        await using var server = await ScriptedServer.StartAsync(
            context => context.Request.Path == "/v1/models" ? Task.CompletedTask : ScriptedServer.SilenceAsync(context));
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("VOXTRAL_BASE_URL", $"{server.Address}"));

        var id = await caller.SubmitAsync(Wav.Call);
        await Eventually.That(() => Assert.True(server.Asked("/v1/audio/transcriptions")), Ct);
        Assert.Equal(ChangeResult.Changed, await caller.Queue.CancelAsync(JobScope.All, id, Ct));

        await server.ClientLeft;
        Assert.Equal(JobStatus.Cancelled, (await caller.FinalAsync(id)).Status);
        worker.Terminate();
        Assert.Equal(0, await worker.Exited);
    }

    [Fact]
    public async Task Its_providers_are_probed_and_shown()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("VOXTRAL_BASE_URL", $"{simulator.Address}"), ("WHISPERX_URL", "http://127.0.0.1:1"));

        await Eventually.That(async () => Assert.All((await StatusAsync(worker)).Providers, provider => Assert.NotNull(provider.Reachable)), Ct);

        var report = await StatusAsync(worker);
        Assert.Equal(("transcription", 4), (report.Kind, report.Slots));
        Assert.Equal(["transcription", "transcribe"], report.TaskTypes);
        Assert.Equal(["default", "voxtral-small", "whisperx"], report.ModelProfiles);
        var (voxtral, whisperX) = (report.Providers[0], report.Providers[1]);
        Assert.Equal(("voxtral", true, simulator.Address.ToString().TrimEnd('/')), (voxtral.Name, voxtral.Reachable, voxtral.Endpoint));
        Assert.Contains("mistralai/Voxtral-Small-24B-2507", voxtral.Models);
        Assert.Equal(("whisperx", false, "closed"), (whisperX.Name, whisperX.Reachable, whisperX.Circuit));
        var ready = JsonElement.Parse(await worker.Http.GetStringAsync(new Uri("/readyz", UriKind.Relative), Ct));
        Assert.Equal(
            ("degraded", "degraded"),
            (ready.GetProperty("status").GetString(), ready.GetProperty("checks").GetProperty("transcription_provider").GetString()));
    }

    [Fact]
    public async Task Neither_keys_nor_what_was_said_are_logged()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_API_KEY=" + Key);
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(
            ("VOXTRAL_BASE_URL", $"{simulator.Address}"), ("VOXTRAL_API_KEY", Key), ("Logging__LogLevel__Default", "Trace"));

        var done = await caller.FinalAsync(await caller.SubmitAsync(Wav.Call));
        var failed = await caller.FinalAsync(await caller.SubmitAsync([.. "ID3"u8]));

        Assert.Equal((JobStatus.Completed, JobStatus.Failed), (done.Status, failed.Status));
        await Eventually.That(() => Assert.Contains(worker.Output, line => line.Contains($"{failed.Id}", StringComparison.Ordinal)), Ct);
        var output = string.Join('\n', worker.Output);
        Assert.Contains($"{done.Id}", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, output, StringComparison.Ordinal);
        Assert.DoesNotContain("Simulated transcript", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Wav.Call)[..40], output, StringComparison.Ordinal);
    }

    static async Task<WorkerReport> StatusAsync(ServiceProcess worker) => JsonSerializer.Deserialize(
        await worker.Http.GetStringAsync(new Uri("/worker/status", UriKind.Relative), Ct), ContractsJson.Default.WorkerReport)!;
}
