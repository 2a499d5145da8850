using AiPlatform.LlmWorker.Providers;
using AiPlatform.WorkerRuntime;
using Microsoft.Extensions.Options;

namespace AiPlatform.LlmWorker.Configuration;

/// <summary>Reads the configuration file again and again, and makes a changed one hold. It does not rely on being told of changes: file systems in
/// containers, and links that are turned over, tell of none.</summary>
sealed partial class ConfigWatch(
    ModelDirectory models, WorkerStatus status, IOptions<LlmOptions> options, TimeProvider time, ILogger<ConfigWatch> logger) : BackgroundService
{
    byte[]? applied;
    byte[]? seen;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.ConfigFile is not { } path)
        {
            return;
        }
        using var timer = new PeriodicTimer(options.Value.ConfigReload, time);
        do
        {
            Look(path);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    void Look(string path)
    {
        var (content, error) = ModelConfigFile.Load(path);
        content ??= [];
        if (applied is not null && content.AsSpan().SequenceEqual(applied))
        {
            if (models.Problem is not null)
            {
                // It was put back as it was.
                Tell(null);
            }
        }
        else if (error is null && ModelConfigFile.Parse(content, options.Value, Environment.GetEnvironmentVariable) is { } reading)
        {
            if (reading.Config is { } config)
            {
                Apply(path, content, config);
            }
            else
            {
                Refuse(path, content, string.Join(' ', reading.Errors));
            }
        }
        else
        {
            Refuse(path, content, error!);
        }
        seen = content;
    }

    void Apply(string path, byte[] content, ModelConfig config)
    {
        try
        {
            models.Load(config);
        }
        // A file of a certificate that was there a moment ago, most likely. It is tried again with the next look.
        catch (Exception failure)
        {
            Refuse(path, content, failure.Message);
            return;
        }
        applied = content;
        LogLoaded(logger, path, string.Join(", ", config.Providers.Select(provider => provider.Name)), string.Join(", ", config.Profiles.Keys));
        foreach (var provider in config.Providers.Where(provider => !provider.Tls.Verify))
        {
            LogUnverified(logger, provider);
        }
        Tell(null);
    }

    void Refuse(string path, byte[] content, string problem)
    {
        // Not at first sight: it may be in the middle of being written.
        if (seen is not null && content.AsSpan().SequenceEqual(seen) && models.Problem != problem)
        {
            LogRefused(logger, path, problem);
            Tell(problem);
        }
    }

    void Tell(string? problem)
    {
        models.Problem = problem;
        status.Announce();
    }

    [LoggerMessage(4010, LogLevel.Information, "The configuration {Path} holds: providers {Providers}; profiles {Profiles}.")]
    static partial void LogLoaded(ILogger logger, string path, string providers, string profiles);

    [LoggerMessage(4012, LogLevel.Warning, "The certificate of {Provider} is not checked (ssl_verify is false): whoever answers there is believed, and gets its key.")]
    static partial void LogUnverified(ILogger logger, Provider provider);

    [LoggerMessage(4011, LogLevel.Error, "The configuration {Path} was changed, but the one before still holds: {Problem}")]
    static partial void LogRefused(ILogger logger, string path, string problem);
}
