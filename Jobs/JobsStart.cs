using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Hosting;

namespace AiPlatform.Jobs;

/// <summary>What a process needs to know before its first claim: the lanes there are, and the bells to listen to.</summary>
sealed class JobsStart(LaneDirectory lanes, JobBell bell) : IHostedService
{
    public async Task StartAsync(CancellationToken ct)
    {
        await lanes.RefreshAsync(ct);
        await bell.StartAsync();
    }

    public Task StopAsync(CancellationToken ct) => Task.CompletedTask;
}
