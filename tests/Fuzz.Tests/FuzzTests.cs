using System.Globalization;
using System.Net;

namespace AiPlatform.Fuzz.Tests;

/// <summary>Whatever is sent, the service answers in its form, tells nobody what is not theirs, and is none the worse for it.</summary>
public sealed class FuzzTests(FuzzedSystem system, ITestOutputHelper output) : IClassFixture<FuzzedSystem>, IAsyncLifetime
{
    const int Third = 6_700;
    const int Requests = 3 * Third;

    /// <summary>Pools, caches and what the tests themselves keep, up to 9 MB; a leak of 2.5 kB a request is more.</summary>
    const long MostGrowth = 32L * 1024 * 1024;

    /// <summary>The whole process, with what is outside of the heap and what the collector keeps; a leak of 5 kB a request is more.</summary>
    const long MostGrowthOfProcess = 64L * 1024 * 1024;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await system.ServeAsync();

    public ValueTask DisposeAsync()
    {
        Assert.Empty(system.Log.Take());
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Twenty_thousand_requests_are_answered_as_the_contract_says()
    {
        var seed = Environment.GetEnvironmentVariable("FUZZ_SEED") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"FUZZ_SEED={seed}");
        var fuzzer = new Fuzzer(system);
        async Task RunAsync(int from, int to)
        {
            if (await fuzzer.RunAsync(seed, from, to, Ct) is { } fault)
                Assert.Fail($"FUZZ_SEED={seed}: {fault}\nThe log of the service:\n{string.Join('\n', system.Log.Errors)}");
        }

        await RunAsync(0, Third);
        var before = Memory();
        await RunAsync(Third, Requests);
        var after = Memory();
        var (heap, process) = (after.Heap - before.Heap, after.Process - before.Process);

        output.WriteLine($"Answers: {string.Join(", ", fuzzer.Statuses.OrderBy(status => status.Key).Select(status => $"{status.Value} x {status.Key}"))}. Growth: heap {heap:+#;-#;0} B, process {process:+#;-#;0} B.");
        Assert.True(heap < MostGrowth, $"The heap has grown by {heap} bytes in {Requests - Third} requests.");
        Assert.True(process < MostGrowthOfProcess, $"The process has grown by {process} bytes in {Requests - Third} requests, its heap by {heap}.");
        Assert.True(fuzzer.Statuses.GetValueOrDefault(200) > Requests / 20, "Hardly a request was taken: the fuzzer tests nothing.");
        await IsHealthyAsync();
    }

    [Fact]
    public async Task What_once_failed_is_answered_as_the_contract_says()
    {
        var fuzzer = new Fuzzer(system);
        foreach (var file in Directory.EnumerateFiles(AiPlatform.Testing.RepositoryFiles.PathOf("tests/Fuzz.Tests/regressions"), "*.http"))
        {
            var (connection, fault) = await fuzzer.TryAsync(null, FuzzRequest.Parse(await File.ReadAllTextAsync(file, Ct)), Ct);
            connection?.Dispose();
            Assert.True(fault is null, $"{Path.GetFileName(file)}: {fault}\n{string.Join('\n', system.Log.Errors)}");
        }
    }

    /// <summary>What is in use, with all garbage gone and given back to the system.</summary>
    static (long Heap, long Process) Memory()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return (GC.GetTotalMemory(forceFullCollection: false), Environment.WorkingSet);
    }

    async Task IsHealthyAsync()
    {
        await system.ResumeAsync();
        Assert.Equal(HttpStatusCode.OK, (await system.Http.GetAsync("/readyz", Ct)).StatusCode);
        using var asOwner = new HttpRequestMessage(HttpMethod.Get, "/api/v1/jobs?limit=1");
        asOwner.Headers.Authorization = new("Bearer", system.OwnersToken);
        Assert.Equal(HttpStatusCode.OK, (await system.Http.SendAsync(asOwner, Ct)).StatusCode);
        Assert.Empty(system.Ended);
        await AiPlatform.Testing.Eventually.That(async () =>
        {
            using var chat = await system.PostAsync("/chat", """{"user":"Say hello.","priority":"high"}""");
            Assert.True(chat.StatusCode == HttpStatusCode.OK, await chat.Content.ReadAsStringAsync(Ct));
        }, Ct);
    }
}
