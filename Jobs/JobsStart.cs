using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Hosting;

namespace AiPlatform.Jobs;

/// <summary>What a process needs to know before its first claim, the lanes there are and the bells to listen to; and later that Redis, once
/// away, is back, and whether it is one that keeps the index.</summary>
sealed class JobsStart(LaneDirectory lanes, JobBell bell, RedisLink link, EvictionCheck eviction, TimeProvider time) : BackgroundService
{
    /// <summary>How often a Redis that is away is looked for.</summary>
    static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    public override async Task StartAsync(CancellationToken ct)
    {
        await lanes.RefreshAsync(ct);
        await bell.StartAsync();
        eviction.Watch();
        await eviction.RunAsync();
        await base.StartAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(ct))
        {
            if (link.IsAway)
            {
                await link.ProbeAsync();
            }
            await bell.StartAsync();
            await eviction.RunAsync();
        }
    }
}
