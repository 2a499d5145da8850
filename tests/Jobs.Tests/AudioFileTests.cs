using AiPlatform.Contracts;
using AiPlatform.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>How long audio is kept.</summary>
public sealed class AudioFileTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Audio_of_one_job_goes_with_it_unless_that_failed_and_may_be_tried_again()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var (completed, cancelled, failed, open) = (Job(), Job(), Job(), Job());
        foreach (var job in (NewJob[])[completed, cancelled, failed, open])
        {
            await KeepAsync(host, job.Id, TimeSpan.FromHours(1));
            await host.SubmitAsync(job);
        }
        await host.Queue.CancelAsync(cancelled.Id, Ct);
        await host.CompleteAsync(await host.ClaimOneAsync(waitSeconds: 0));
        await host.Queue.FailAsync(JobFence.Of(await host.ClaimOneAsync(waitSeconds: 0)), new JobError("worker_error", "x"), new FailOptions(Retry: false), Ct);
        Assert.Equal(
            (JobStatus.Completed, JobStatus.Cancelled, JobStatus.Failed, JobStatus.Pending),
            (await StatusAsync(completed.Id), await StatusAsync(cancelled.Id), await StatusAsync(failed.Id), await StatusAsync(open.Id)));

        Assert.Equal(2, await Keeper(host).RunAsync(Ct));
        Assert.Equal([false, false, true, true], await ThereAsync());

        await host.ExecuteAsync("update stored_file set expires_at = now() - interval '1 s'");
        Assert.Equal(1, await Keeper(host).RunAsync(Ct));
        Assert.Equal([false, false, false, true], await ThereAsync());

        async Task<JobStatus> StatusAsync(Guid id) => (await host.Queue.GetAsync(id, Ct))!.Status;

        async Task<List<bool>> ThereAsync()
        {
            List<bool> there = [];
            foreach (var job in (NewJob[])[completed, cancelled, failed, open])
                there.Add(await host.Get<FileStore>().GetAsync(job.Id, Ct) is not null);
            return there;
        }
    }

    [Fact]
    public async Task Audio_is_kept_for_the_latest_of_the_jobs_that_need_it()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var (audio, other, expired) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await KeepAsync(host, audio, TimeSpan.FromHours(1));
        await KeepAsync(host, other, TimeSpan.FromHours(1), purpose: "batch");
        await KeepAsync(host, expired, TimeSpan.Zero);
        var runAt = DateTimeOffset.Parse("2090-01-01T00:00:00Z", null);
        var there = await host.Get<FileStore>().KeepAsync([(audio, null), (audio, runAt), (other, null), (expired, null)], StoredFile.Audio, TimeSpan.FromHours(2), Ct);
        Assert.Equal([audio], there);
        Assert.Equal(runAt.AddHours(2), (await host.Get<FileStore>().GetAsync(audio, Ct))!.ExpiresAt);
        await host.Get<FileStore>().KeepAsync([(audio, null)], StoredFile.Audio, TimeSpan.FromHours(2), Ct);
        Assert.Equal(runAt.AddHours(2), (await host.Get<FileStore>().GetAsync(audio, Ct))!.ExpiresAt);
    }

    [Fact]
    public async Task Files_that_end_at_once_do_not_pass_the_limit_together()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var files = host.Get<FileStore>();
        var finished = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            var id = Guid.CreateVersion7();
            await files.BeginAsync(id, "full", "a.wav", TimeSpan.FromDays(1), Ct);
            return (await files.FinishWithinAsync(id, "full", StoredFile.Audio, 10, TimeSpan.FromHours(1), most: 35, Ct)).File;
        }));
        Assert.Equal(3, finished.Count(file => file is not null));
        Assert.Equal(30, (await files.UseAsync("full", StoredFile.Audio, Ct)).Bytes);
    }

    static FileKeeper Keeper(JobsHost host) => new(host.Get<FileStore>(), NullLogger<FileKeeper>.Instance);

    static async Task KeepAsync(JobsHost host, Guid id, TimeSpan ttl, string purpose = StoredFile.Audio)
    {
        await host.Get<FileStore>().BeginAsync(id, "tests", "a.wav", TimeSpan.FromDays(1), Ct);
        await host.Get<FileStore>().AddPartAsync(id, 0, new byte[10], Ct);
        await host.Get<FileStore>().FinishAsync(id, purpose, 10, ttl, Ct);
    }
}
