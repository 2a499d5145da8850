namespace AiPlatform.WorkerRuntime.Tests;

public sealed class WorkerOptionsTests
{
    [Fact]
    public void Defaults()
    {
        var options = new WorkerOptions();

        Assert.Equal(
            (null, 4, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30), TimeSpan.FromHours(2)),
            (options.Id, options.Slots, options.GracePeriod, options.Lease, options.AttemptTimeout));
    }
}
