using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Input;
using AiPlatform.TranscriptionWorker.Pipeline;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.WorkerRuntime;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker;

/// <summary>One transcription: reads the input, gets and prepares the audio, has its chunks transcribed, and answers <see cref="TranscriptionResult"/>.</summary>
sealed partial class TranscriptionJobHandler(
    ConfiguredProviders providers,
    AudioSource source,
    AudioPreparation preparation,
    TranscriptionRun run,
    TranscriptionTelemetry telemetry,
    IOptions<TranscriptionOptions> options,
    IOptions<PipelineOptions> pipeline,
    ILogger<TranscriptionJobHandler> log) : IJobHandler
{
    /// <summary>Before a job whose audio found no room may start again, here or elsewhere.</summary>
    static readonly TimeSpan RoomPause = TimeSpan.FromSeconds(20);

    public string Kind => "transcription";

    public IReadOnlyList<string> TaskTypes { get; } = ["transcription", "transcribe"];

    public IReadOnlyList<string> ModelProfiles { get; } = providers.Profiles;

    public IReadOnlyList<ProviderReport> ProviderReports() => providers.All.Reports();

    public Task<AttemptOutcome> RunAsync(Attempt attempt, CancellationToken cancellationToken) =>
        RunAsync(attempt.Job, new AttemptJournal(attempt, log), cancellationToken, attempt.Asks);

    internal async Task<AttemptOutcome> RunAsync(ClaimedJob job, IRunJournal journal, CancellationToken ct, Action<string, string?>? asks = null)
    {
        var (outcome, problem) = await TryRunAsync(job, journal, asks, ct);
        return problem is null ? outcome! : Outcome(problem, job.Id);
    }

    /// <summary>What it has put on disk is gone when it comes back.</summary>
    async Task<(AttemptOutcome? Outcome, AudioProblem? Problem)> TryRunAsync(
        ClaimedJob job, IRunJournal journal, Action<string, string?>? asks, CancellationToken ct)
    {
        if (InputReader.TryRead(job.Input, out var mistake) is not { } input)
        {
            return (Failed(ErrorCategories.InvalidInput, mistake!), null);
        }
        // Before the audio is fetched, which would be for nothing.
        if (providers.For(job.ModelProfile, input.Provider).Count == 0)
        {
            return (Failed(ErrorCategories.ProviderUnconfigured, Unconfigured(job.ModelProfile, input.Provider)), null);
        }
        journal.Report(new TranscriptionProgress("fetching"));
        var read = await source.ReadAsync(input, ct);
        if (read is AudioRead.Failed { Problem: var unread })
        {
            return (null, unread);
        }
        using var spooled = ((AudioRead.Spooled)read).Audio;
        journal.Report(new TranscriptionProgress("decoding"));
        var prepared = await preparation.PrepareAsync(spooled, new ChannelPlanOptions(input.ChunkSeconds ?? pipeline.Value.ChunkSeconds), ct);
        if (prepared is PreparationResult.Failed { Problem: var unreadable })
        {
            return (null, unreadable);
        }
        using var audio = ((PreparationResult.Prepared)prepared).Audio;
        if (input.Strict && audio.Warnings is [var incomplete, ..])
        {
            return (Failed(ErrorCategories.AudioUnreadable, incomplete), null);
        }
        var work = new ChunkWork(
            job.Id, job.Priority, audio, spooled.Sha256, input, input.Prompt ?? options.Value.Prompt,
            () => providers.For(job.ModelProfile, input.Provider))
        {
            Asks = asks,
        };
        return (await TranscribeAsync(work, job.ModelProfile, journal, ct), null);
    }

    async Task<AttemptOutcome> TranscribeAsync(ChunkWork work, string? profile, IRunJournal journal, CancellationToken ct)
    {
        try
        {
            var outcomes = await run.RunAsync(work, journal, ct);
            var gaps = outcomes.Where(outcome => outcome.Gaps.Count > 0).ToList();
            if (gaps.Count > 0 && (work.Input.Strict || outcomes.All(outcome => outcome.Segments.Count == 0)))
            {
                var why = gaps[0].Gaps[0].Error;
                return Failed(why.Category, $"{gaps.Count} of {outcomes.Count} chunks could not be transcribed. {why.Message}");
            }
            journal.Report(new TranscriptionProgress("merging") { Percent = 100 });
            var result = await TranscriptAssembly.MakeAsync(work, profile, outcomes, ct);
            return new AttemptOutcome.Succeeded(JsonSerializer.SerializeToElement(result, ContractsJson.Default.TranscriptionResult));
        }
        catch (ChunkFailedException failed)
        {
            return new AttemptOutcome.Failed(failed.Failure.Error, new FailOptions(Pause: failed.Failure.Pause));
        }
    }

    static string Unconfigured(string? profile, string? provider) => provider is not null
        ? $"The provider '{provider}' is not configured for the profile '{profile}'."
        : $"No provider is configured for the profile '{profile}': set {(profile == ConfiguredProviders.VoxtralProfile ? "VOXTRAL_BASE_URL" : "VOXTRAL_BASE_URL or WHISPERX_URL")}.";

    /// <summary>Where the others in hand leave no room, the job waits without spending its attempt. Audio that has the room to itself and still finds too little
    /// fails: a disk that others fill may stay full.</summary>
    AttemptOutcome Outcome(AudioProblem problem, Guid jobId)
    {
        if (problem.IsWantOfRoom)
        {
            LogNoRoom(jobId, RoomPause.TotalSeconds, problem.Message);
            telemetry.FoundNoRoom();
            return new AttemptOutcome.Released(CancellationReason.NoRoom, RoomPause);
        }
        return Failed(problem.Category, problem.Message, new FailOptions(Retry: problem.IsPassing ? true : null));
    }

    static AttemptOutcome.Failed Failed(string category, string message, FailOptions options = default) =>
        new(new JobError(category, message), options);

    [LoggerMessage(5010, LogLevel.Warning, "Job {JobId} waits for room, {Seconds} s at least; its attempt is not spent. {Reason}")]
    partial void LogNoRoom(Guid jobId, double seconds, string reason);
}
