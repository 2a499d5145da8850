using System.Text.Json;
using AiPlatform.Contracts;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>What external workers call.</summary>
public sealed class WorkerTests(UnservedApi api) : IClassFixture<UnservedApi>
{
    static readonly JsonElement Result = JsonElement.Parse("""{"n":1}""");

    readonly WorkerClient _worker = api.Worker;

    [Fact]
    public async Task A_lease_is_renewed_with_progress()
    {
        var job = await api.Client.SubmitAsync(Job("renewed"), Ct);
        var claimed = Assert.Single(await _worker.ClaimAsync(Claim("renewed") with { LeaseSeconds = 5 }, Ct));
        var renewed = await _worker.HeartbeatAsync(claimed, JsonElement.Parse("""{"percent":50}"""), leaseSeconds: 600, Ct);
        Assert.True(renewed.LeaseExpiresAt > claimed.LeaseExpiresAt);
        Assert.Equal(50, (await api.Client.GetAsync(job.Id, Ct)).Progress!.Value.GetProperty("percent").GetInt32());
    }

    [Fact]
    public async Task Nothing_that_waits_is_an_empty_claim() =>
        Assert.Empty(await _worker.ClaimAsync(Claim("nothing") with { Wait = "100ms" }, Ct));

    [Fact]
    public async Task A_cancelled_job_is_told_with_the_next_heartbeat()
    {
        var claimed = await TakenAsync("called-off");
        await api.Client.CancelAsync(claimed.Id, Ct);
        Assert.True((await _worker.HeartbeatAsync(claimed, cancellationToken: Ct)).CancelRequested);
    }

    [Fact]
    public async Task A_report_that_comes_twice_is_one()
    {
        var claimed = await TakenAsync("twice");
        Assert.Equal(JobStatus.Completed, (await _worker.CompleteAsync(claimed, Result, Ct)).Status);
        Assert.Equal(JobStatus.Completed, (await _worker.CompleteAsync(claimed, Result, Ct)).Status);
    }

    [Fact]
    public async Task Who_lost_its_lease_is_told_so()
    {
        var claimed = await TakenAsync("lost");
        await api.Client.RetryAsync(claimed.Id, Ct);
        await FailsAsync(() => _worker.CompleteAsync(claimed, Result, Ct), ErrorCodes.LeaseLost, 409);
        await FailsAsync(() => _worker.HeartbeatAsync(claimed, cancellationToken: Ct), ErrorCodes.LeaseLost, 409);
        await FailsAsync(() => _worker.FailAsync(claimed, "mine", "It broke.", cancellationToken: Ct), ErrorCodes.LeaseLost, 409);
    }

    [Fact]
    public async Task A_failed_attempt_is_tried_again_after_its_pause()
    {
        var claimed = await TakenAsync("tried");
        Assert.Equal(JobStatus.Pending, (await _worker.FailAsync(claimed, "mine", "It broke.", retry: true, retryAfterSeconds: 0, Ct)).Status);
        var again = Assert.Single(await _worker.ClaimAsync(Claim("tried"), Ct));
        Assert.Equal((claimed.Id, 2), (again.Id, again.Attempt));
    }

    async Task<ClaimedJob> TakenAsync(string taskType)
    {
        await api.Client.SubmitAsync(Job(taskType), Ct);
        return Assert.Single(await _worker.ClaimAsync(Claim(taskType), Ct));
    }
}
