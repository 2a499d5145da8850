using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using StackExchange.Redis;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary><c>deploy/redis/users.acl</c>: the queue's user may do what the queue does, and nothing else.</summary>
public sealed partial class RedisUserTests(Stores stores)
{
    const string Password = "the-password-of-the-queue";
    const string OperatorPassword = "the-password-of-the-operator";

    /// <summary>What is sent by methods of the client, and by the client itself when it connects.</summary>
    static readonly string[] OfTheClient =
    [
        "AUTH", "CLIENT|SETNAME", "CLUSTER|NODES", "DEL", "ECHO", "EVAL", "EVALSHA", "EXEC", "EXISTS", "EXPIRE", "HDEL", "HGET", "HGETALL", "HMSET", "HSET", "INFO", "MULTI", "PING",
        "PUBLISH", "PUBSUB|NUMSUB", "SCRIPT|LOAD", "SELECT|0", "SET", "SUBSCRIBE", "UNSUBSCRIBE", "XRANGE", "ZRANGE", "ZRANK", "ZREM",
    ];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A command that a script begins to use stands here before it stands in a release.</summary>
    [Fact]
    public void The_user_has_the_commands_of_the_scripts_and_of_the_client_and_no_others()
    {
        var ofScripts = EmbeddedText.Names.Where(name => name.EndsWith(".lua", StringComparison.Ordinal))
            .SelectMany(name => Calls().Matches(EmbeddedText.Get(name)).Select(call => call.Groups[1].Value));
        var allowed = File.ReadAllText(UsersFile()).Split('\n')[0].Split(' ').Where(rule => rule[0] == '+').Select(rule => rule[1..].ToUpperInvariant());
        Assert.Equal(ofScripts.Concat(OfTheClient).Distinct().Order(StringComparer.Ordinal), allowed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_full_life_is_refused_nothing_and_all_else_is()
    {
        await using var server = await RedisServer.StartAsync(Users(), Ct);
        using var admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},password={Password},allowAdmin=true");
        var operators = admin.GetDatabase();
        // The client cannot name a user before its version 2.1.
        await Assert.ThrowsAsync<RedisServerException>(() => operators.ExecuteAsync("ACL", "LOG"));
        await operators.ExecuteAsync("AUTH", "operator", OperatorPassword);
        await operators.ExecuteAsync("ACL", "LOG", "RESET");

        await LiveAsync(server);

        var refused = (RedisResult[])(await operators.ExecuteAsync("ACL", "LOG"))!;
        Assert.True(refused.Length == 0, string.Join('\n', refused.Select(entry => string.Join(' ', ((RedisResult[])entry!).Take(8).Select(field => (string?)field)))));
        await RefusesAsync(server);
    }

    async Task LiveAsync(RedisServer server)
    {
        var address = $"127.0.0.1:{server.Port},password={Password}";
        // Two processes: bells, halts and calls go from one to the other.
        await using var host = await JobsHost.StartAsync(stores, configure: Prefixed, redisAddress: address);
        await using var other = await JobsHost.StartAsync(stores, beside: host, configure: Prefixed, redisAddress: address);
        await host.BuiltAsync();

        var job = Job(task: NewTask());
        var claiming = other.ClaimOneAsync(job.TaskType);
        await host.SubmitAsync(job);
        var claim = await claiming;
        var events = AllEventsAsync(host, job.Id);
        await other.Get<JobEvents>().AppendAsync(claim, "token", Json("\"word\""), Ct);
        await other.Queue.RenewAsync([new Renewal(JobFence.Of(claim), TimeSpan.FromMinutes(5), Json("1"))], Ct);
        var waiting = host.Queue.WaitAsync(JobScope.All, job.Id, TimeSpan.FromMinutes(1), Ct);
        await Eventually.That(async () => Assert.True(await other.Queue.IsAwaitedAsync(job.Id)), Ct);
        await other.CompleteAsync(claim);
        Assert.Equal(JobStatus.Completed, (await waiting)!.Status);
        Assert.Contains("token", await events);

        await EndOtherwiseAsync(host, other);
        await ShareAsync(host, other);
        await CallAgainAsync(host, other);
        await RebuildAsync(host);
        Assert.False(host.Get<RedisLink>().IsAway || other.Get<RedisLink>().IsAway);
    }

    /// <summary>A failure that is tried again later, a job given back, one cancelled as it runs, one that waits in a halted lane.</summary>
    static async Task EndOtherwiseAsync(JobsHost host, JobsHost other)
    {
        var task = NewTask();
        await host.SubmitAsync(Job(task: task));
        var failed = await other.ClaimOneAsync(task);
        await other.Queue.FailAsync(JobFence.Of(failed), new JobError(ErrorCategories.ProviderError, "broke"), new FailOptions(), Ct);
        var again = await other.ClaimOneAsync(task);
        await other.Queue.ReleaseAsync([JobFence.Of(again)], Ct);
        var cancelled = await other.ClaimOneAsync(task);
        await host.Queue.CancelAsync(JobScope.All, cancelled.Id, Ct);

        await host.Queue.PauseAsync(new QueueScope { TaskType = task }, Ct);
        var halted = await host.SubmitAsync(Job(task: task));
        Assert.Empty(await other.ClaimAsync(task: task));
        Assert.NotNull((await host.ReadAsync(halted)).Position);
        await host.Queue.ResumeAsync(Ct);
        await other.CompleteAsync(await other.ClaimOneAsync(task));
    }

    /// <summary>The same in a fair lane, with an owner at its limit; then the lane is whole again.</summary>
    static async Task ShareAsync(JobsHost host, JobsHost other)
    {
        var (task, owner) = (NewTask(), NewTask());
        await host.SubmitAsync(Job(task: task, owner: owner));
        await host.Queue.SetFairAsync(new QueueScope { TaskType = task }, fair: true, "tests", Ct);
        await host.Queue.SetShareAsync(new OwnerShare(owner, Weight: 2, MostRunning: 1), "tests", Ct);
        var lane = Assert.Single(host.Get<LaneDirectory>().Serving([task], []));
        await Eventually.That(async () => Assert.Equal("fair", (string?)await host.Redis.HashGetAsync(host.Get<QueueKeys>().Split, lane)), Ct);

        // All but one are parked, and come back one by one as each ends: by failures, by being given back and by being cancelled.
        var jobs = await host.Queue.SubmitAsync([.. Enumerable.Range(0, 4).Select(_ => Job(task: task, owner: owner))], Ct);
        var failed = await other.ClaimOneAsync(task);
        Assert.Empty(await other.ClaimAsync(task: task));
        Assert.NotNull((await host.ReadAsync(jobs[^1].Id)).Position);
        await other.Queue.FailAsync(JobFence.Of(failed), new JobError(ErrorCategories.ProviderError, "broke"), new FailOptions { Pause = TimeSpan.Zero }, Ct);
        await other.Queue.ReleaseAsync([JobFence.Of(await other.ClaimOneAsync(task))], Ct);
        await host.Queue.CancelAsync(JobScope.All, (await other.ClaimOneAsync(task)).Id, Ct);
        await host.Queue.CancelAsync(JobScope.All, jobs[^1].Id, Ct);
        await other.CompleteAsync(await other.ClaimOneAsync(task));

        await host.Queue.SetFairAsync(new QueueScope { TaskType = task }, fair: false, "tests", Ct);
        await host.Queue.DeleteShareAsync(owner, "tests", Ct);
        Assert.False(await host.Redis.KeyExistsAsync(host.Get<QueueKeys>().Split));
        await other.CompleteAsync(await other.ClaimOneAsync(task));
    }

    static async Task CallAgainAsync(JobsHost host, JobsHost other)
    {
        var (kept, jobs) = (TimeSpan.FromMinutes(1), Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7()).ToArray());
        var print = Guid.NewGuid().ToString("N");
        foreach (var job in jobs)
        {
            await host.Get<RecentCalls>().BeginAsync(print, job, kept);
        }
        Assert.NotEmpty(await other.Get<RecentCalls>().FindAsync(print, kept));
        await host.Get<RecentCalls>().EndAsync(print, jobs[0], isAnswered: false, kept);
        await host.Get<RecentCalls>().EndAsync(print, jobs[1], isAnswered: true, kept);
        await other.Get<RecentCalls>().TakeAsync(print, jobs[0]);
    }

    static async Task RebuildAsync(JobsHost host)
    {
        await host.Get<ReadyIndex>().DistrustAsync(highest: 0);
        await host.BuiltAsync();
    }

    static async Task RefusesAsync(RedisServer server)
    {
        using var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},password={Password},allowAdmin=true");
        var redis = connection.GetDatabase();
        string[][] refused =
        [
            ["FLUSHALL"], ["FLUSHDB"], ["CONFIG", "GET", "requirepass"], ["CONFIG", "SET", "dir", "/"], ["KEYS", "*"], ["SCAN", "0"], ["ACL", "LIST"], ["ACL", "SETUSER", "default", "+@all"],
            ["SHUTDOWN", "NOSAVE"], ["SAVE"], ["MONITOR"], ["CLIENT", "LIST"], ["REPLICAOF", "no", "one"], ["MIGRATE", "h", "1", "k", "0", "1"],
            ["FUNCTION", "LIST"], ["SCRIPT", "FLUSH"], ["SELECT", "1"],
            ["GET", "another"], ["SET", "another", "x"], ["DEL", "{aiplatform}"], ["EVAL", "return redis.call('GET', 'another')", "0"],
            ["EVAL", "return redis.call('FLUSHALL')", "0"], ["PUBLISH", "another", "x"],
        ];
        foreach (var command in refused)
        {
            var failure = await Assert.ThrowsAnyAsync<RedisException>(() => redis.ExecuteAsync(command[0], [.. command.Skip(1)]));
            Assert.Matches("NOPERM|permission|can't (access|run)", failure.Message);
        }
    }

    static async Task<IReadOnlyList<string>> AllEventsAsync(JobsHost host, Guid id)
    {
        List<string> types = [];
        await foreach (var entry in host.Queue.EventsAsync(JobScope.All, id, null, Ct))
        {
            types.Add(entry.Type);
        }
        return types;
    }

    static void Prefixed(JobsOptions options) => options.KeyPrefix = "aiplatform";

    static string Users() => File.ReadAllText(UsersFile())
        .Replace("OPERATOR_PASSWORD_SHA256", Hash(OperatorPassword), StringComparison.Ordinal)
        .Replace("REDIS_PASSWORD_SHA256", Hash(Password), StringComparison.Ordinal);

    static string UsersFile() => Path.Combine(AppContext.BaseDirectory, "users.acl");

    static string Hash(string password) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(password)));

    [GeneratedRegex(@"\b(?:redis\.p?)?call\('([A-Z]+)'")]
    private static partial Regex Calls();
}
