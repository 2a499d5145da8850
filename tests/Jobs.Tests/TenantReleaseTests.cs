using System.Security.Cryptography;
using AiPlatform.Contracts;
using AiPlatform.Testing;
using Npgsql;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>An owner service is taken from its tenant, whatever is being made for it.</summary>
public sealed class TenantReleaseTests(Stores stores)
{
    static readonly JobScope Acme = new("acme", ["shop"]);
    static readonly JobScope Globex = new("globex", ["shop"]);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_stays_while_it_is_named_or_anything_of_it_is_kept_and_then_may_be_anothers()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await MakeAsync(host, "front", "acme");
        Assert.Equivalent(new OwnerRelease.Named(["front"]), await ReleaseAsync(host));
        Assert.IsType<OwnerRelease.NotFound>(await ReleaseAsync(host, "globex"));
        Assert.Equivalent(new Tenant("acme", [new OwnerOfTenant("shop", ["front"])]), Assert.Single(await host.Get<TenantStore>().ListAsync("", 10, Ct)));
        var keyed = Job(owner: "shop") with { IdempotencyKey = "k" };
        await host.Queue.SubmitAsync(Acme, [keyed], Ct);
        await host.Get<CallerStore>().RevokeAsync("front", hasFile: false, isOpen: false, "tests", Ct);

        // Of each kind one thing: only the last leaves nothing.
        var file = Guid.CreateVersion7();
        await host.Get<FileStore>().BeginAsync(Acme, file, "shop", "f", TimeSpan.FromDays(1), Ct);
        Assert.Equal(new OwnerRelease.Kept(1, 1, 0, 0), await ReleaseAsync(host));
        await host.Get<FileStore>().FinishWithinAsync(file, "shop", StoredFile.Audio, 1, TimeSpan.FromDays(1), long.MaxValue, Ct);
        Assert.True(await host.Get<BatchStore>().CreateAsync(Acme, Batch(file), TimeSpan.FromDays(1), Ct));
        await host.ExecuteAsync("delete from job; delete from job_open");
        Assert.Equal(new OwnerRelease.Kept(0, 0, 1, 1), await ReleaseAsync(host));
        await host.ExecuteAsync("delete from batch; delete from stored_file");
        Assert.IsType<OwnerRelease.Done>(await ReleaseAsync(host));
        Assert.IsType<OwnerRelease.NotFound>(await ReleaseAsync(host));
        Assert.Empty(await host.Get<TenantStore>().ListAsync("", 10, Ct));
        Assert.Equal(
            ("tests", "owner.release", "shop", """{"tenant":"acme"}"""),
            (await host.QueryAsync("select actor, action, target, detail::text from audit order by id desc limit 1", row => (row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3))))[0]);

        // Another tenant's now, and the first one's keys are forgotten.
        await MakeAsync(host, "back", "globex");
        await host.Get<CallerStore>().VersionAsync(Ct);
        Assert.Equal(SubmitResult.Created, (await host.Queue.SubmitAsync(Globex, [keyed with { Id = Guid.CreateVersion7() }], Ct))[0].Result);
        await Assert.ThrowsAsync<OwnerNotAllowedException>(() => host.Queue.SubmitAsync(Acme, [Job(owner: "shop")], Ct));
    }

    [Fact]
    public async Task A_process_that_has_not_heard_of_it_stores_nothing_more_for_the_tenant()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await using var late = await JobsHost.StartAsync(stores, maintenance: false, beside: host);
        var file = await FileOfAsync(late, new JobScope("acme", ["stock"]), "stock");
        // What the late one remembers of the owner.
        await MakeAsync(host, "front", "acme");
        await late.Get<FileStore>().BeginAsync(Acme, Guid.CreateVersion7(), "shop", "f", TimeSpan.FromDays(1), Ct);
        await host.ExecuteAsync("delete from stored_file where owner_service = 'shop'");
        await host.Get<CallerStore>().RevokeAsync("front", hasFile: false, isOpen: false, "tests", Ct);
        Assert.IsType<OwnerRelease.Done>(await ReleaseAsync(host));

        var both = new JobScope("acme", ["shop", "stock"]);
        await Assert.ThrowsAsync<OwnerNotAllowedException>(() => late.Queue.SubmitAsync(Acme, [Job(owner: "shop")], Ct));
        await Assert.ThrowsAsync<OwnerNotAllowedException>(() => late.Queue.SubmitAsync(
            both, [Job(owner: "stock") with { IdempotencyKey = "a" }, Job(owner: "shop") with { IdempotencyKey = "b" }], Ct));
        await Assert.ThrowsAsync<OwnerNotAllowedException>(() => late.Get<FileStore>().BeginAsync(Acme, Guid.CreateVersion7(), "shop", "f", TimeSpan.FromDays(1), Ct));
        await Assert.ThrowsAsync<OwnerNotAllowedException>(() => late.Get<BatchStore>().CreateAsync(both, Batch(file), TimeSpan.FromDays(1), Ct));
        Assert.Equal([0L], await host.QueryAsync(
            "select (select count(*) from job) + (select count(*) from batch) + (select count(*) from stored_file where owner_service = 'shop')", row => row.GetInt64(0)));
        // Others' jobs beside it in one write are stored all the same.
        var beside = await Task.WhenAll(Enumerable.Range(0, 20).Select(place => SubmittedAsync(late, place % 2 == 0 ? both : Acme, place % 2 == 0 ? "stock" : "shop")));
        Assert.Equal(Enumerable.Range(0, 20).Select(place => place % 2 == 0), beside);

        // Nor does one that has heard of it, and asks anew: only a caller that names the owner gives it to a tenant again.
        await late.Get<CallerStore>().VersionAsync(Ct);
        await Assert.ThrowsAsync<OwnerNotAllowedException>(() => late.Queue.SubmitAsync(Acme, [Job(owner: "shop")], Ct));
        Assert.DoesNotContain(Assert.Single(await host.Get<TenantStore>().ListAsync("", 10, Ct)).Owners, owner => owner.OwnerService == "shop");
        await MakeAsync(host, "back", "globex");
        await late.Get<CallerStore>().VersionAsync(Ct);
        Assert.Equal(SubmitResult.Created, (await late.Queue.SubmitAsync(Globex, [Job(owner: "shop")], Ct))[0].Result);
    }

    [Fact]
    public async Task What_is_being_stored_at_that_moment_is_waited_for_and_counts()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.Queue.SubmitAsync(Acme, [Job(owner: "shop")], Ct);
        await host.ExecuteAsync("delete from job; delete from job_open");
        Task<IReadOnlyList<SubmitOutcome>> submitting;
        Task<OwnerRelease> releasing;
        await using (var connection = await host.Get<NpgsqlDataSource>().OpenConnectionAsync(Ct))
        {
            await using var hold = new NpgsqlCommand("begin; lock table job_open in access exclusive mode", connection);
            await hold.ExecuteNonQueryAsync(Ct);
            submitting = host.Queue.SubmitAsync(Acme, [Job(owner: "shop")], Ct);
            await host.WaitsForALockAsync("job_open");
            releasing = ReleaseAsync(host);
            await host.WaitsForALockAsync("take an owner");
            Assert.False(releasing.IsCompleted);
        }
        Assert.Equal(SubmitResult.Created, (await submitting)[0].Result);
        Assert.Equal(new OwnerRelease.Kept(1, 0, 0, 0), await releasing);
    }

    static async Task<bool> SubmittedAsync(JobsHost host, JobScope scope, string owner)
    {
        try
        {
            return (await host.Queue.SubmitAsync(scope, [Job(owner: owner)], Ct))[0].Result == SubmitResult.Created;
        }
        catch (OwnerNotAllowedException)
        {
            return false;
        }
    }

    static Task<OwnerRelease> ReleaseAsync(JobsHost host, string tenant = "acme") => host.Get<TenantStore>().ReleaseAsync(tenant, "shop", "tests", Ct);

    static async Task MakeAsync(JobsHost host, string name, string tenant) => Assert.IsType<CallerChange.Done>(await host.Get<CallerStore>().CreateAsync(
        new Caller { Name = name, Roles = [CallerRole.Submit], OwnerServices = ["shop"], Tenant = tenant },
        expiresAt: null, new NewToken(Guid.CreateVersion7(), RandomNumberGenerator.GetBytes(32), "aip_…", null), isOpen: false, "tests", Ct));

    static async Task<Guid> FileOfAsync(JobsHost host, JobScope scope, string owner)
    {
        var file = Guid.CreateVersion7();
        await host.Get<FileStore>().BeginAsync(scope, file, owner, "f", TimeSpan.FromDays(1), Ct);
        await host.Get<FileStore>().FinishWithinAsync(file, owner, StoredFile.Batch, 1, TimeSpan.FromDays(1), long.MaxValue, Ct);
        return file;
    }

    static StoredBatch Batch(Guid file) => new()
    {
        Id = Guid.CreateVersion7(),
        OwnerService = "shop",
        Endpoint = "/v1/embeddings",
        CompletionWindow = "24h",
        InputFile = file,
        OutputFile = Guid.CreateVersion7(),
        ErrorFile = Guid.CreateVersion7(),
    };
}
