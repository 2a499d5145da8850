using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Audio.Wav;
using AiPlatform.TranscriptionWorker.Input;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.WorkerRuntime;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker;

/// <summary>One transcription: reads the input, gets the audio, checks it, has the profile's provider transcribe it, and answers
/// <see cref="TranscriptionResult"/>.</summary>
sealed class TranscriptionJobHandler(
    ConfiguredProviders providers,
    AudioSource audio,
    TranscriptionTelemetry telemetry,
    IOptions<TranscriptionOptions> options,
    TimeProvider time) : IJobHandler
{
    public string Kind => "transcription";

    public IReadOnlyList<string> TaskTypes { get; } = ["transcription", "transcribe"];

    public IReadOnlyList<string> ModelProfiles { get; } = providers.Profiles;

    public IReadOnlyList<ProviderReport> ProviderReports() => providers.All.Reports();

    public Task<AttemptOutcome> RunAsync(Attempt attempt, CancellationToken cancellationToken) => RunAsync(attempt.Job, cancellationToken);

    internal async Task<AttemptOutcome> RunAsync(ClaimedJob job, CancellationToken ct)
    {
        if (InputReader.TryRead(job.Input, out var mistake) is not { } input)
        {
            return Failed(ErrorCategories.InvalidInput, mistake!);
        }
        // Before the audio is fetched, which would be for nothing.
        if (providers.For(job.ModelProfile) is not { } connection)
        {
            var missing = job.ModelProfile == ConfiguredProviders.VoxtralProfile ? "VOXTRAL_BASE_URL" : "VOXTRAL_BASE_URL or WHISPERX_URL";
            return Failed(ErrorCategories.ProviderUnconfigured, $"No provider is configured for the profile '{job.ModelProfile}': set {missing}.");
        }
        var read = await audio.ReadAsync(input, ct);
        if (read is AudioRead.Failed { Problem: var problem })
        {
            return Failed(problem.Category, problem.Message, new FailOptions(Retry: problem.IsPassing ? true : null));
        }
        if (WavReader.TryRead(((AudioRead.Bytes)read).Content, out var unreadable) is not { } file)
        {
            return Failed(ErrorCategories.AudioUnreadable, unreadable!);
        }
        var request = new TranscriptionRequest(job.Id.ToString(), file, input.Language, input.Prompt ?? options.Value.Prompt, input.Temperature);
        return await TranscribeAsync(connection, request, ct);
    }

    async Task<AttemptOutcome> TranscribeAsync(TranscriptionConnection connection, TranscriptionRequest request, CancellationToken ct)
    {
        using var span = telemetry.Start(connection.Provider, request);
        var result = await new TranscriptionServer(connection, options, time).TranscribeAsync(request, ct);
        telemetry.End(span, connection.Provider, result);

        var failure = (result as CallResult.Failed)?.Failure;
        connection.State.Called(failure);
        return result is CallResult.Answered answered
            ? new AttemptOutcome.Succeeded(JsonSerializer.SerializeToElement(
                TranscriptionResults.Of(connection.Provider, request, answered), ContractsJson.Default.TranscriptionResult))
            : Failed(failure!.Category, failure.Message, new FailOptions(Pause: failure.Pause));
    }

    static AttemptOutcome.Failed Failed(string category, string message, FailOptions options = default) =>
        new(new JobError(category, message), options);
}
