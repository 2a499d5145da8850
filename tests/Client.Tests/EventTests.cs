using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Testing;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>The events of a job, over connections that do what connections do.</summary>
[Collection(ClientSystem.Name)]
public sealed class EventTests(ClientSystem system)
{
    const int Tokens = 120;

    readonly AiPlatformClient _client = system.Client;

    [Fact]
    public async Task A_jobs_life_is_told_from_its_beginning_to_its_end()
    {
        var job = await _client.SubmitAsync(Job("told"), Ct);
        List<string> seen = [];
        await foreach (var next in _client.EventsAsync(job.Id, cancellationToken: Ct))
        {
            seen.Add(Status(next));
            if (seen.Count == 1)
                await system.Worker.CompleteAsync(Assert.Single(await system.Worker.ClaimAsync(Claim("told"), Ct)), JsonElement.Parse("1"), Ct);
        }
        // Who looks when it is over already is not told that it ran.
        Assert.Equal(["pending", "completed"], seen.Where(status => status != "running"));
    }

    [Fact]
    public async Task Events_go_on_after_the_one_that_is_named()
    {
        var job = await SubmitAsync();
        var all = await _client.EventsAsync(job, cancellationToken: Ct).ToListAsync(Ct);
        var tenth = all.Where(next => next.Type == JobEventTypes.Token).ElementAt(9);
        var rest = await _client.EventsAsync(job, tenth.Id, Ct).ToListAsync(Ct);
        Assert.Equal(all.SkipWhile(next => next.Id != tenth.Id).Skip(1).Select(next => next.Id), rest.Select(next => next.Id));
        Assert.Equal("completed", Status(rest[^1]));
    }

    [Fact]
    public Task A_connection_that_is_cut_is_made_again_and_nothing_is_missing_or_comes_twice() => ReadsAllThroughAsync(proxy => proxy.Cut());

    [Fact]
    public Task A_connection_that_falls_silent_is_given_up_and_made_again() =>
        ReadsAllThroughAsync(proxy => proxy.Abandon(), options => options.StreamIdleTimeout = TimeSpan.FromSeconds(1));

    [Fact]
    public async Task An_API_that_does_not_come_back_is_told_after_the_time_for_repetitions()
    {
        var job = await _client.SubmitAsync(Job("gone"), Ct);
        var proxy = TcpProxy.Start("127.0.0.1", system.Address.Port);
        using var client = new AiPlatformClient(Options(new Uri($"http://127.0.0.1:{proxy.Port}"), options => options.RetryFor = TimeSpan.FromSeconds(1)));
        await using var events = client.EventsAsync(job.Id, cancellationToken: Ct).GetAsyncEnumerator(Ct);
        Assert.True(await events.MoveNextAsync());
        await proxy.DisposeAsync();
        var failure = await FailsAsync(async () => await events.MoveNextAsync(), ClientErrorCodes.NoAnswer, null);
        Assert.True(failure.IsTransient);
    }

    [Fact]
    public async Task Of_no_job_there_are_no_events() =>
        await FailsAsync(async () => await _client.EventsAsync(Guid.NewGuid(), cancellationToken: Ct).ToListAsync(Ct), ErrorCodes.NotFound, 404);

    [Fact]
    public async Task A_reader_whose_token_ends_reads_no_more()
    {
        var job = await _client.SubmitAsync(Job("left"), Ct);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        await using var events = _client.EventsAsync(job.Id, cancellationToken: ended.Token).GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await events.MoveNextAsync());
        var next = events.MoveNextAsync();
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }

    /// <summary>Reads the events of a chat through a piece of network that breaks after some tokens.</summary>
    async Task ReadsAllThroughAsync(Action<TcpProxy> harm, Action<AiPlatformClientOptions>? change = null)
    {
        var job = await SubmitAsync();
        await using var proxy = TcpProxy.Start("127.0.0.1", system.Address.Port);
        using var client = new AiPlatformClient(Options(new Uri($"http://127.0.0.1:{proxy.Port}"), change));
        List<JobEvent> seen = [];
        await foreach (var next in client.EventsAsync(job, cancellationToken: Ct))
        {
            seen.Add(next);
            if (next.Type == JobEventTypes.Token && seen.Count(one => one.Type == JobEventTypes.Token) == 5)
                harm(proxy);
        }
        var whole = (await _client.GetAsync(job, Ct)).Result!.Value.GetProperty("content").GetString();
        Assert.Equal(whole, string.Concat(seen.Where(next => next.Type == JobEventTypes.Token).Select(next => next.Data.GetProperty("text").GetString())));
        Assert.Equal(["completed"], seen.Where(next => next.Type == JobEventTypes.State).Select(Status).Where(status => status is not ("pending" or "running")));
        Assert.Equal(seen.Count(next => next.Type == JobEventTypes.State), seen.Where(next => next.Type == JobEventTypes.State).Select(Status).Distinct().Count());
    }

    /// <summary>A chat of a second or two.</summary>
    async Task<Guid> SubmitAsync()
    {
        var input = JsonSerializer.SerializeToElement(new { user = "Say hello.", min_tokens = Tokens, max_tokens = Tokens });
        return (await _client.SubmitAsync(Job("llm_chat") with { Input = input }, Ct)).Id;
    }

    static string Status(JobEvent next) => next.Type == JobEventTypes.State ? next.Data.GetProperty("status").GetString()! : next.Type;
}
