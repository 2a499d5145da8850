using Microsoft.Extensions.Options;

namespace AiPlatform.ServiceDefaults.Sample;

sealed class SampleLoop(IOptions<SampleOptions> options, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, lifetime.ApplicationStarted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        switch (options.Value.LoopEnd)
        {
            case LoopEnd.WithFault:
                throw new InvalidOperationException("the loop met a defect");
            case LoopEnd.WithTimeout:
                throw new TaskCanceledException("the request timed out");
            case LoopEnd.WithSecret:
                throw new InvalidOperationException($"the loop was refused with {options.Value.Token}");
            default:
                await Task.Delay(Timeout.InfiniteTimeSpan, stoppingToken);
                break;
        }
    }
}
