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
        await host.Queue.CancelAsync(JobScope.All, cancelled.Id, Ct);
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

        async Task<JobStatus> StatusAsync(Guid id) => (await host.Queue.GetAsync(JobScope.All, id, Ct))!.Status;

        async Task<List<bool>> ThereAsync()
        {
            List<bool> there = [];
            foreach (var job in (NewJob[])[completed, cancelled, failed, open])
                there.Add(await host.Get<FileStore>().GetAsync(JobScope.All, job.Id, Ct) is not null);
            return there;
        }
    }

    [Fact]
    public async Task Only_audio_that_is_there_can_be_named()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var (audio, other, expired, job) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await KeepAsync(host, audio, TimeSpan.FromHours(1));
        await KeepAsync(host, other, TimeSpan.FromHours(1), purpose: "batch");
        await KeepAsync(host, expired, TimeSpan.FromHours(1));
        await LapseAsync(host, expired);
        Assert.Equal([audio], await NameAsync(host, (audio, job), (audio, Guid.CreateVersion7()), (other, job), (expired, job), (Guid.CreateVersion7(), job)));
        Assert.Equal([audio], await NameAsync(host, (audio, job)));
    }

    [Fact]
    public async Task Audio_that_an_open_job_names_stays_and_its_time_begins_at_the_end_of_the_last()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var audio = Guid.CreateVersion7();
        var (first, last, later) = (Job(), Job(), Job() with { RunAt = DateTimeOffset.Parse("2090-01-01T00:00:00Z", null) });
        await KeepAsync(host, audio, TimeSpan.FromHours(1));
        await NameAsync(host, (audio, first.Id), (audio, last.Id), (audio, later.Id), (audio, Guid.CreateVersion7()));
        foreach (var job in (NewJob[])[first, last, later])
            await host.SubmitAsync(job);
        Assert.Equal(later.RunAt!.Value.AddHours(2), (await FindAsync())!.ExpiresAt);
        await host.Queue.CancelAsync(JobScope.All, later.Id, Ct);
        await host.CompleteAsync(await host.ClaimOneAsync(waitSeconds: 0));

        await LongAfterAsync();
        Assert.Equal(0, await Keeper(host).RunAsync(Ct));
        Assert.InRange((await FindAsync())!.ExpiresAt - TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(1), TimeSpan.FromHours(3));
        Assert.Equal([last.Id], await host.QueryAsync("select job_id from job_audio", row => row.GetGuid(0)));

        var claimed = JobFence.Of(await host.ClaimOneAsync(waitSeconds: 0));
        await host.Queue.FailAsync(claimed, new JobError("worker_error", "x"), new FailOptions(Retry: false), Ct);
        Assert.Equal(TimeSpan.FromHours(2), (await FindAsync())!.ExpiresAt - (await host.Queue.GetAsync(JobScope.All, last.Id, Ct))!.FinishedAt!.Value);
        await host.Queue.RetryAsync(JobScope.All, last.Id, Ct);
        await LongAfterAsync();
        Assert.Equal(0, await Keeper(host).RunAsync(Ct));
        Assert.NotNull(await FindAsync());

        await host.Queue.CancelAsync(JobScope.All, last.Id, Ct);
        await LongAfterAsync();
        Assert.Equal(1, await Keeper(host).RunAsync(Ct));
        Assert.Null(await FindAsync());
        Assert.Equal([0L], await host.QueryAsync("select (select count(*) from job_audio) + (select count(*) from stored_file)", row => row.GetInt64(0)));

        Task<StoredFile?> FindAsync() => host.Get<FileStore>().GetAsync(JobScope.All, audio, Ct);

        async Task LongAfterAsync()
        {
            await host.ExecuteAsync("update stored_file set expires_at = now() - interval '1 hour'");
            await host.ExecuteAsync("update job_audio set created_at = now() - interval '2 days'");
            await host.ExecuteAsync("update job_result set finished_at = now() - interval '3 hours'");
        }
    }

    [Fact]
    public async Task Audio_of_one_job_stays_while_another_names_it()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var (own, other) = (Job(), Job());
        await KeepAsync(host, own.Id, TimeSpan.FromHours(1));
        await NameAsync(host, (own.Id, own.Id), (own.Id, other.Id));
        await host.SubmitAsync(own);
        await host.SubmitAsync(other);
        await host.CompleteAsync(await host.ClaimOneAsync(waitSeconds: 0));
        Assert.Equal(0, await Keeper(host).RunAsync(Ct));
        Assert.NotNull(await host.Get<FileStore>().GetAsync(JobScope.All, own.Id, Ct));
    }

    [Fact]
    public async Task A_job_that_comes_to_name_audio_at_its_removal_keeps_it_or_is_told()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var files = host.Get<FileStore>();
        for (var round = 0; round < 10; round++)
        {
            var own = Job();
            await KeepAsync(host, own.Id, TimeSpan.FromHours(1));
            await host.SubmitAsync(own);
            await host.CompleteAsync(await host.ClaimOneAsync(waitSeconds: 0));
            var removing = files.RemoveUnneededAsync(own.Id, Ct);
            var there = await NameAsync(host, (own.Id, Guid.CreateVersion7()));
            Assert.Equal(there is [] ? FileRemoval.Removed : FileRemoval.InUse, await removing);
            Assert.Equal(there is [_], await files.GetAsync(JobScope.All, own.Id, Ct) is not null);
        }
    }

    [Fact]
    public async Task Files_that_end_at_once_do_not_pass_the_limit_together()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var files = host.Get<FileStore>();
        var finished = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            var id = Guid.CreateVersion7();
            await files.BeginAsync(JobScope.All, id, "full", "a.wav", TimeSpan.FromDays(1), Ct);
            return (await files.FinishWithinAsync(id, "full", StoredFile.Audio, 10, TimeSpan.FromHours(1), most: 35, Ct)).File;
        }));
        Assert.Equal(3, finished.Count(file => file is not null));
        Assert.Equal(30, (await files.UseAsync("full", StoredFile.Audio, Ct)).Bytes);
    }

    [Fact]
    public async Task Files_that_are_coming_count_with_what_is_reserved_for_them_until_that_lapses_and_they_are_removed()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var files = host.Get<FileStore>();
        var coming = Enumerable.Range(0, 8).Select(_ => Guid.CreateVersion7()).ToList();
        var granted = await Task.WhenAll(coming.Select(async id =>
        {
            await files.BeginAsync(JobScope.All, id, "full", "a.wav", TimeSpan.FromDays(1), Ct);
            return await ReserveAsync(id, needed: 10, wanted: 10);
        }));
        Assert.Equal([10, 10, 10, 5, 5, 5, 5, 5], granted.OrderDescending());
        Assert.Equal(30, await UsedAsync());

        // What is left is given to who is content with it; more of one that has some counts once.
        var (refused, first) = (coming[granted.IndexOf(5)], coming[granted.IndexOf(10)]);
        Assert.Equal(15, await ReserveAsync(first, needed: 11, wanted: 40));
        Assert.Equal(0, await ReserveAsync(refused, needed: 1, wanted: 10));
        Assert.Equal(35, await UsedAsync());

        Assert.Null((await files.FinishWithinAsync(first, "full", StoredFile.Audio, 16, TimeSpan.FromHours(1), most: 35, Ct)).File);
        Assert.NotNull((await files.FinishWithinAsync(first, "full", StoredFile.Audio, 12, TimeSpan.FromHours(1), most: 35, Ct)).File);
        Assert.Equal(32, await UsedAsync());
        await files.RemoveAsync(JobScope.All, coming[granted.LastIndexOf(10)], Ct);
        Assert.Equal(22, await UsedAsync());

        var lapsed = Assert.Single(await host.QueryAsync("select id from stored_file where reserved_until > now()", row => row.GetGuid(0)));
        Assert.True(await files.AddPartAsync(lapsed, 0, new byte[10], Ct));
        await LapseAsync(host, lapsed);
        await IsGoneAsync(files, lapsed);
        Assert.Equal(22, await UsedAsync());
        Assert.Equal(1, await Keeper(host).RunAsync(Ct));
        Assert.Equal(12, await UsedAsync());
        Assert.Equal([0L], await host.QueryAsync("select count(*) from file_part", row => row.GetInt64(0)));

        async Task<long> ReserveAsync(Guid id, long needed, long wanted) =>
            (await files.ReserveAsync(id, "full", StoredFile.Audio, needed, wanted, most: 35, TimeSpan.FromHours(1), Ct)).Granted;

        async Task<long> UsedAsync() => (await files.UseAsync("full", StoredFile.Audio, Ct)).Bytes;
    }

    [Fact]
    public async Task Nothing_more_is_kept_of_a_file_that_went_away_while_it_came_and_what_is_goes_too()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var files = host.Get<FileStore>();
        var id = Guid.CreateVersion7();
        await files.BeginAsync(JobScope.All, id, "full", "a.wav", TimeSpan.FromDays(1), Ct);
        Assert.True(await files.AddPartAsync(id, 0, new byte[10], Ct));
        await host.ExecuteAsync("delete from stored_file");
        await IsGoneAsync(files, id);
        // The id of what a batch is making is known as little: who asks for its removal leaves its parts alone.
        Assert.Equal(FileRemoval.NotFound, await files.RemoveAsync(JobScope.All, id, Ct));
        Assert.Equal([1L], await host.QueryAsync("select count(*) from file_part", row => row.GetInt64(0)));
        await files.DropAsync(id, Ct);
        Assert.Equal([0L], await host.QueryAsync("select count(*) from file_part", row => row.GetInt64(0)));
    }

    [Fact]
    public async Task Parts_that_come_at_the_removal_of_their_file_do_not_outlive_it()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var files = host.Get<FileStore>();
        for (var round = 0; round < 10; round++)
        {
            var id = Guid.CreateVersion7();
            await files.BeginAsync(JobScope.All, id, "full", "a.wav", TimeSpan.FromDays(1), Ct);
            var adding = Task.WhenAll(Enumerable.Range(0, 8).Select(place => files.AddPartAsync(id, place, new byte[10], Ct)));
            var finishing = files.FinishWithinAsync(id, "full", StoredFile.Audio, 80, TimeSpan.FromHours(1), long.MaxValue, Ct);
            Assert.Equal(FileRemoval.Removed, await files.RemoveAsync(JobScope.All, id, Ct));
            await adding;
            await finishing;
            Assert.Equal([0L], await host.QueryAsync("select (select count(*) from file_part) + (select count(*) from stored_file)", row => row.GetInt64(0)));
        }
    }

    [Fact]
    public async Task A_file_that_is_reserved_again_at_its_removal_stays()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var files = host.Get<FileStore>();
        var id = Guid.CreateVersion7();
        await files.BeginAsync(JobScope.All, id, "full", "a.wav", TimeSpan.FromDays(1), Ct);
        // The keeper saw it as lapsed before.
        Assert.Equal(FileRemoval.InUse, await files.RemoveUnneededAsync(id, Ct));
        Assert.True(await files.AddPartAsync(id, 0, new byte[10], Ct));
    }

    [Fact]
    public async Task Audio_that_came_with_a_job_goes_soon_unless_that_is_made_and_stays_while_it_is_open()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var files = host.Get<FileStore>();
        var (made, failed, other, never) = (Job(), Job(), Job(), Guid.CreateVersion7());
        var shared = Guid.CreateVersion7();
        foreach (var (file, job) in ((Guid, Guid)[])[(made.Id, made.Id), (failed.Id, failed.Id), (shared, other.Id), (never, never)])
        {
            await KeepAsync(host, file, TimeSpan.Zero);
            await files.KeepAsync(JobScope.All, [(file, job)], StoredFile.Audio, TimeSpan.FromHours(2), FileStore.Fresh, Ct);
        }
        Assert.InRange((await files.GetAsync(JobScope.All, never, Ct))!.ExpiresAt - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(4), FileStore.Fresh);
        await host.SubmitAsync(failed);
        var claimed = JobFence.Of(await host.ClaimOneAsync(waitSeconds: 0));
        await host.Queue.FailAsync(claimed, new JobError("worker_error", "x"), new FailOptions(Retry: false), Ct);
        await host.SubmitAsync(made);
        await host.SubmitAsync(other);
        Assert.Equal(0, await Keeper(host).RunAsync(Ct));

        await host.ExecuteAsync("update stored_file set expires_at = expires_at - interval '6 minutes'");
        await host.ExecuteAsync("update job_audio set created_at = created_at - interval '6 minutes'");
        Assert.Equal(1, await Keeper(host).RunAsync(Ct));
        Assert.Equal(
            new[] { made.Id, failed.Id, shared }.Order(), await host.QueryAsync("select id from stored_file where is_whole order by id", row => row.GetGuid(0)));
        // A failed job may be tried again for as long as its audio is kept.
        Assert.Equal(TimeSpan.FromHours(2), (await files.GetAsync(JobScope.All, failed.Id, Ct))!.ExpiresAt - (await host.Queue.GetAsync(JobScope.All, failed.Id, Ct))!.FinishedAt!.Value);
    }

    static Task<int> LapseAsync(JobsHost host, Guid id) => host.ExecuteAsync($"update stored_file set expires_at = now() - interval '1 s' where id = '{id}'");

    static async Task IsGoneAsync(FileStore files, Guid id)
    {
        Assert.False(await files.AddPartAsync(id, 1, new byte[10], Ct));
        Assert.Equal((0, null), await files.ReserveAsync(id, "full", StoredFile.Audio, needed: 1, wanted: 1, most: 100, TimeSpan.FromHours(1), Ct));
        Assert.Equal((null, null), await files.FinishWithinAsync(id, "full", StoredFile.Audio, 1, TimeSpan.FromHours(1), most: 100, Ct));
    }

    static Task<List<Guid>> NameAsync(JobsHost host, params (Guid Audio, Guid Job)[] names) =>
        host.Get<FileStore>().KeepAsync(JobScope.All, names, StoredFile.Audio, TimeSpan.FromHours(2), TimeSpan.FromHours(2), Ct);

    static FileKeeper Keeper(JobsHost host) => new(host.Get<FileStore>(), NullLogger<FileKeeper>.Instance);

    static async Task KeepAsync(JobsHost host, Guid id, TimeSpan ttl, string purpose = StoredFile.Audio)
    {
        await host.Get<FileStore>().BeginAsync(JobScope.All, id, "tests", "a.wav", TimeSpan.FromDays(1), Ct);
        await host.Get<FileStore>().AddPartAsync(id, 0, new byte[10], Ct);
        await host.Get<FileStore>().FinishWithinAsync(id, "tests", purpose, 10, ttl, long.MaxValue, Ct);
    }
}
