using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>Owners with a running limit whose worker process is killed.</summary>
public sealed class LimitCrashTests(Stores stores)
{
    const int Limit = 2;

    /// <summary>A minute of answer.</summary>
    const string LongChat = """{"user":"Hello","max_tokens":600,"min_tokens":600,"ignore_eos":true}""";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Places_of_a_killed_worker_come_back_with_its_lease_and_never_more_than_the_limit_runs()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_INTER_TOKEN_MS=100");
        await using var caller = await Caller.StartAsync(stores);
        await caller.LimitAsync("limited", Limit);
        await using var first = await caller.WorkerAsync(
            ("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_ID", "first"), ("WORKER_CLAIM_LIMIT", "3"), ("WORKER_RENEWED_LEASE", "6s"));
        var limited = new List<Guid>();
        for (var i = 0; i < 2 * Limit; i++)
        {
            limited.Add(await caller.SubmitAsync(LongChat, owner: "limited"));
        }
        var free = await caller.SubmitAsync(LongChat, owner: "free");
        await HeldAsync(caller, "first", [limited[0], limited[1], free]);

        // The other has room, and gets what was submitted after those that wait.
        await using var second = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_ID", "second"), ("WORKER_CLAIM_LIMIT", "8"));
        var later = await caller.SubmitAsync(LongChat, owner: "free");
        await HeldAsync(caller, "second", [later]);
        await WaitAsync(caller, limited[Limit..]);

        await first.SignalAsync("KILL");
        Assert.Equal(137, await first.EndAsync());
        await HeldAsync(caller, "second", [limited[0], limited[1], free]);
        await WaitAsync(caller, limited[Limit..]);

        await simulator.HurryAsync();
        foreach (var id in (Guid[])[.. limited, free, later])
        {
            var job = await caller.FinalAsync(id);
            Assert.Equal((JobStatus.Completed, "second", 1), (job.Status, job.WorkerId, job.Attempt));
        }
        Assert.Equal(Limit, MostAtATime(await simulator.RequestsAsync(), limited));
    }

    static Task HeldAsync(Caller caller, string worker, Guid[] jobs) => Eventually.That(async () =>
    {
        foreach (var id in jobs)
        {
            Assert.Equal((JobStatus.Running, worker), await caller.HolderAsync(id));
        }
    }, Ct);

    static async Task WaitAsync(Caller caller, IEnumerable<Guid> jobs)
    {
        foreach (var id in jobs)
        {
            Assert.Equal(JobStatus.Pending, (await caller.HolderAsync(id)).Status);
        }
    }

    /// <summary>How many answers of the jobs the model server wrote at the same time.</summary>
    static int MostAtATime(JsonElement log, List<Guid> jobs)
    {
        var calls = log.GetProperty("requests").EnumerateArray()
            .Where(call => call.GetProperty("headers").EnumerateObject().Any(header => jobs.Any(id => header.Value.GetString()!.Contains($"{id}", StringComparison.Ordinal))))
            .Select(call => (From: call.GetProperty("received_at").GetDateTimeOffset(), Seconds: call.GetProperty("total_seconds").GetDouble()))
            .ToList();
        // Two were cut off with their worker and asked for again.
        Assert.Equal(jobs.Count + Limit, calls.Count);
        return calls.Max(one => calls.Count(other => other.From <= one.From && one.From < other.From.AddSeconds(other.Seconds)));
    }
}
