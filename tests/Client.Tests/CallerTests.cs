using System.Text.Json;
using AiPlatform.Contracts;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>What the code and the tests of a caller rely on: stand-ins, failures of its own making, and arguments that are looked at at once.</summary>
public sealed class CallerTests
{
    [Fact]
    public async Task A_caller_can_be_tested_with_clients_and_failures_of_its_own()
    {
        using AiPlatformClient client = new Refusing();
        var failure = await FailsAsync(() => client.SubmitAsync(Job("t"), Ct), ErrorCodes.OverLimit, 429);
        Assert.Equal((TimeSpan.FromSeconds(5), true, "Full."), (failure.RetryAfter, failure.IsTransient, failure.Message));
        Assert.False(new AiPlatformException("No.", ErrorCodes.Invalid).IsTransient);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await client.StatsAsync(Ct));
        using WorkerClient worker = new Idle();
        Assert.Empty(await worker.ClaimAsync(Claim("t"), Ct));
    }

    [Fact]
    public void Every_call_can_be_stood_in_for() => Assert.All(
        new[] { typeof(AiPlatformClient), typeof(WorkerClient) }.SelectMany(type => type.GetMethods())
            .Where(method => method.Name.EndsWith("Async", StringComparison.Ordinal)),
        method => Assert.True(method is { IsVirtual: true, IsFinal: false }, method.Name));

    [Fact]
    public async Task What_is_missing_is_told_by_its_name_before_anything_is_sent()
    {
        using var client = new AiPlatformClient(Options(new Uri("http://127.0.0.1:1")));
        using var worker = new WorkerClient(Options(new Uri("http://127.0.0.1:1")));
        foreach (var (name, call) in (ReadOnlySpan<(string, Action)>)
            [
                ("job", () => client.SubmitAsync(null!, Ct)),
                ("jobs", () => client.SubmitManyAsync(null!, null, Ct)),
                ("call", () => client.ChatAsync(null!, null, Ct)),
                ("call", () => client.ChatStreamAsync(null!, null, Ct)),
                ("filter", () => client.CancelManyAsync(null!, Ct)),
                ("filter", () => client.RetryManyAsync(null!, Ct)),
                ("audio", () => client.UploadAudioAsync(null!, null, null, Ct)),
                ("job", () => worker.HeartbeatAsync(null!, cancellationToken: Ct)),
                ("job", () => worker.CompleteAsync(null!, JsonElement.Parse("1"), Ct)),
                ("job", () => worker.FailAsync(null!, "c", "m", cancellationToken: Ct)),
                ("options", () => _ = new AiPlatformClient(null!)),
                ("http", () => _ = new WorkerClient(null!, Options(new Uri("http://ai")))),
            ])
            Assert.Throws<ArgumentNullException>(name, call);
        await Assert.ThrowsAsync<ArgumentNullException>("claim", () => worker.ClaimAsync(null!, Ct));
        Assert.Throws<ArgumentException>("idempotencyKey", () => { _ = client.ChatStreamAsync(new() { User = "Hi" }, "", Ct); });
    }

    [Fact]
    public async Task Options_that_are_changed_afterwards_do_not_reach_the_client()
    {
        await using var server = await ScriptedServer.AnsweringAsync(404, "application/problem+json", ScriptedServer.Problem(404, "not_found"));
        var options = Options(server.Address);
        using var client = new AiPlatformClient(options);
        options.Timeout = TimeSpan.Zero;
        await FailsAsync(() => client.StatsAsync(Ct), ErrorCodes.NotFound, 404);
    }

    sealed class Refusing : AiPlatformClient
    {
        public override Task<JobView> SubmitAsync(CreateJob job, CancellationToken cancellationToken = default) =>
            Task.FromException<JobView>(new AiPlatformException("Full.", ErrorCodes.OverLimit) { Status = 429, RetryAfter = TimeSpan.FromSeconds(5), IsTransient = true });
    }

    sealed class Idle : WorkerClient
    {
        public override Task<IReadOnlyList<ClaimedJob>> ClaimAsync(ClaimJobs claim, CancellationToken cancellationToken = default) =>
            Task.FromResult<IReadOnlyList<ClaimedJob>>([]);
    }
}
