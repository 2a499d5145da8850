using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Audio.Temp;
using AiPlatform.TranscriptionWorker.Pipeline;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.TranscriptionWorker.Tests.Pipeline;
using AiPlatform.WorkerRuntime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>The worker's handler without a queue around it.</summary>
sealed class HandlerHost : IDisposable, IAsyncDisposable
{
    readonly ServiceProvider services;

    public HandlerHost(TranscriptionOptions options, AudioOptions? audio = null, PipelineOptions? pipeline = null)
    {
        services = new ServiceCollection()
            .AddMetrics()
            .AddSingleton(TimeProvider.System)
            .AddSingleton(Options.Create(options))
            .AddSingleton(Options.Create(audio ?? new()))
            .AddSingleton(Options.Create(pipeline ?? new()))
            .AddAudio()
            .AddPipeline()
            // No job here has an upload.
            .AddSingleton((FileStore)RuntimeHelpers.GetUninitializedObject(typeof(FileStore)))
            .AddLogging()
            .AddSingleton<ConfiguredProviders>()
            .AddSingleton<TranscriptionTelemetry>()
            .AddSingleton<TranscriptionJobHandler>()
            .BuildServiceProvider();
    }

    public TranscriptionJobHandler Handler => services.GetRequiredService<TranscriptionJobHandler>();

    public AudioTempFolder Folder => services.GetRequiredService<AudioTempFolder>();

    public IMeterFactory Meters => services.GetRequiredService<IMeterFactory>();

    /// <summary>What the runs have told and saved. All are of one job.</summary>
    public MemoryJournal Journal { get; } = new();

    /// <summary>The input of a job with its audio inside.</summary>
    public static JsonElement Base64(byte[] audio, params (string Name, string Value)[] others) => JsonSerializer.SerializeToElement(
        others.Append(("audio_base64", Convert.ToBase64String(audio))).ToDictionary(field => field.Item1, field => field.Item2));

    public Task<AttemptOutcome> RunAsync(JsonElement input, string profile = CreateJob.DefaultProfile)
    {
        var now = TimeProvider.System.GetUtcNow();
        var job = new ClaimedJob
        {
            Id = Guid.CreateVersion7(now),
            OwnerService = "tests",
            TaskType = "transcription",
            ModelProfile = profile,
            Priority = JobPriority.Normal,
            Status = JobStatus.Running,
            Attempt = 1,
            MaxAttempts = 3,
            Input = input,
            CreatedAt = now,
            LeaseToken = Guid.NewGuid(),
        };
        return Handler.RunAsync(job, Journal, TestContext.Current.CancellationToken);
    }

    public async Task<TranscriptionResult> ResultAsync(JsonElement input, string profile = CreateJob.DefaultProfile) =>
        await RunAsync(input, profile) switch
        {
            AttemptOutcome.Succeeded succeeded => succeeded.Result.Deserialize(ContractsJson.Default.TranscriptionResult)!,
            var other => throw new InvalidOperationException($"No result: {other}"),
        };

    public void Dispose() => services.Dispose();

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
