namespace AiPlatform.TranscriptionWorker.Audio.Temp;

/// <summary>Removes, when the worker starts, the audio that workers before it have left by being killed.</summary>
sealed partial class OrphanSweep(AudioTempFolder folder, ILogger<OrphanSweep> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (folder.SweepOrphans() is > 0 and var count)
        {
            Swept(count, folder.Shared);
        }
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(5001, LogLevel.Information, "Removed the audio of {Count} workers that ended without doing so, from {Folder}")]
    partial void Swept(int count, string folder);
}
