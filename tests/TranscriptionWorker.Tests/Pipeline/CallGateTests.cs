using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Pipeline;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Tests.Pipeline;

public sealed class CallGateTests
{
    static readonly Guid Older = Guid.CreateVersion7(DateTimeOffset.UnixEpoch);
    static readonly Guid Newer = Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddDays(1));

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_waits_comes_in_by_priority_then_by_the_age_of_the_job()
    {
        var gate = new CallGate(Options.Create(new PipelineOptions { MaxCalls = 1 }));
        var first = await gate.EnterAsync(JobPriority.Low, Older, Ct);
        var order = new List<string>();
        var low = EnterAsync(JobPriority.Low, Older, "low");
        var newer = EnterAsync(JobPriority.Normal, Newer, "newer");
        var older = EnterAsync(JobPriority.Normal, Older, "older");
        var high = EnterAsync(JobPriority.High, Newer, "high");
        first.Dispose();
        await Task.WhenAll(low, newer, older, high);
        Assert.Equal(["high", "older", "newer", "low"], order);

        async Task EnterAsync(JobPriority priority, Guid job, string name)
        {
            using var place = await gate.EnterAsync(priority, job, Ct);
            order.Add(name);
        }
    }

    [Fact]
    public async Task Who_has_left_the_line_takes_no_place()
    {
        var gate = new CallGate(Options.Create(new PipelineOptions { MaxCalls = 1 }));
        var first = await gate.EnterAsync(JobPriority.Normal, Older, Ct);
        using var leaving = new CancellationTokenSource();
        var left = gate.EnterAsync(JobPriority.High, Older, leaving.Token);
        var stays = gate.EnterAsync(JobPriority.Low, Older, Ct);
        await leaving.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => left);
        Assert.False(stays.IsCompleted);
        first.Dispose();
        first.Dispose();
        (await stays).Dispose();
        (await gate.EnterAsync(JobPriority.Low, Older, Ct)).Dispose();
    }
}
