using System.Diagnostics;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Batching;
using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

public sealed class EventTests(Stores stores, QuietHost quiet) : IClassFixture<QuietHost>
{
    JobsHost Host => quiet.Host;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_viewer_in_another_process_sees_states_and_tokens_in_order()
    {
        await using var other = await JobsHost.StartAsync(stores, maintenance: false, beside: Host);
        var job = Job(task: NewTask());
        await Host.SubmitAsync(job);
        await using var events = other.Queue.EventsAsync(JobScope.All, job.Id, null, Ct).GetAsyncEnumerator(Ct);

        Assert.Equal("state pending", await NextAsync(events));
        var claim = await Host.ClaimOneAsync(job.TaskType);
        Assert.Equal("state running", await NextAsync(events));
        await SayAsync(claim, "Hel");
        Assert.Equal("token Hel", await NextAsync(events));
        await SayAsync(claim, "lo");
        await Host.CompleteAsync(claim);
        Assert.Equal("token lo", await NextAsync(events));
        Assert.Equal("state completed", await NextAsync(events));
        Assert.Equal("the end", await NextAsync(events));
    }

    [Fact]
    public async Task A_finished_job_tells_its_tokens_and_its_end()
    {
        var claim = await SpokenAsync("a", "b");
        Assert.Equal(["token a", "token b", "state completed"], await AllAsync(claim.Id, null));
    }

    [Fact]
    public async Task A_viewer_resumes_after_the_last_event_it_saw()
    {
        var claim = await SpokenAsync("a", "b", "c");
        var seen = new List<JobEvent>();
        await foreach (var entry in Host.Queue.EventsAsync(JobScope.All, claim.Id, null, Ct))
        {
            seen.Add(entry);
        }
        Assert.Equal(["token c", "state completed"], await AllAsync(claim.Id, seen[1].Id));
        Assert.Equal(["state completed"], await AllAsync(claim.Id, seen[^1].Id));
    }

    [Fact]
    public async Task The_end_carries_the_result_but_not_the_input()
    {
        var claim = await SpokenAsync();
        await foreach (var entry in Host.Queue.EventsAsync(JobScope.All, claim.Id, null, Ct))
        {
            Assert.Equal("1", entry.Data.GetProperty("result").GetRawText());
            Assert.Equal("null", entry.Data.GetProperty("input").GetRawText());
        }
    }

    [Fact]
    public async Task A_stale_attempt_cannot_write_between_the_words_of_the_next()
    {
        var task = NewTask();
        var first = await Host.StartJobAsync(Job(task: task));
        await SayAsync(first, "old");
        await Host.Queue.ReleaseAsync([JobFence.Of(first)], Ct);
        var second = await Host.ClaimOneAsync(task);
        await SayAsync(second, "new");

        Assert.False(await Host.Get<JobEvents>().AppendAsync(first, JobEventTypes.Token, Json("\"late\""), Ct));
        await Host.CompleteAsync(second);
        Assert.Equal(["token old", "token new", "state completed"], await AllAsync(first.Id, null));
    }

    [Fact]
    public async Task What_earlier_attempts_said_is_read_whole_and_they_can_add_nothing_to_it()
    {
        var task = NewTask();
        var first = await Host.StartJobAsync(Job(task: task));
        var words = Enumerable.Range(0, 600).Select(n => $"w{n}").ToArray();
        foreach (var word in words)
        {
            await SayAsync(first, word);
        }
        await Host.Queue.ReleaseAsync([JobFence.Of(first)], Ct);
        var second = await Host.ClaimOneAsync(task);
        Assert.Equal((false, true), (first.HasRunBefore, second.HasRunBefore));

        List<string?> read = [];
        Assert.Equal(EventResult.Done, await Host.Get<JobEvents>().TakeOverAsync(second, entry => read.Add(entry.Data.GetString()), Ct));

        Assert.Equal(words, read);
        Assert.Equal(EventResult.Stale, await Host.Get<JobEvents>().AddAsync(first, JobEventTypes.Token, Json("\"late\""), Ct));
        Assert.Equal(EventResult.Stale, await Host.Get<JobEvents>().TakeOverAsync(first, _ => { }, Ct));
        Assert.Equal(EventResult.Done, await Host.Get<JobEvents>().AddAsync(second, JobEventTypes.Token, Json("\"new\""), Ct));
        await Host.CompleteAsync(second);
    }

    [Fact]
    public async Task A_job_that_starts_again_says_so_even_when_its_attempt_was_given_back()
    {
        var task = NewTask();
        var first = await Host.StartJobAsync(Job(task: task));
        await using var events = Host.Queue.EventsAsync(JobScope.All, first.Id, null, Ct).GetAsyncEnumerator(Ct);
        Assert.Equal("state running", await NextAsync(events));
        var next = NextAsync(events);
        await Host.Queue.ReleaseAsync([JobFence.Of(first)], Ct);
        var second = await Host.ClaimOneAsync(task);
        Assert.Equal(first.Attempt, second.Attempt);

        var said = await next;
        Assert.Equal("state running", said == "state pending" ? await NextAsync(events) : said);
    }

    [Fact]
    public async Task A_job_that_does_not_exist_has_no_events() => Assert.Empty(await AllAsync(Guid.CreateVersion7(), null));

    [Fact]
    public async Task Events_expire_soon_after_the_end()
    {
        var claim = await SpokenAsync("a");
        var ttl = await Host.Redis.KeyTimeToLiveAsync($"{{{Host.Schema}}}:events:{claim.Id}");
        Assert.InRange(ttl!.Value, TimeSpan.FromMinutes(9), JobEvents.KeptAfterEnd);
    }

    [Fact]
    public async Task Tokens_are_relayed_without_a_look_at_Postgres_for_each()
    {
        using var logs = new LogRecorder();
        await using var viewer = await JobsHost.StartAsync(stores, maintenance: false, beside: Host, logs: logs);
        var claim = await Host.StartJobAsync(Job(task: NewTask()));
        await using var events = viewer.Queue.EventsAsync(JobScope.All, claim.Id, null, Ct).GetAsyncEnumerator(Ct);
        Assert.Equal("state running", await NextAsync(events));
        for (var i = 0; i < 200; i++)
        {
            await SayAsync(claim, $"{i}");
            Assert.Equal($"token {i}", await NextAsync(events));
        }
        await Host.CompleteAsync(claim);
        Assert.Equal("state completed", await NextAsync(events));

        var reads = logs.Lines.Where(line => line.Message.Contains("from job j", StringComparison.Ordinal)).Select(line => line.Message).ToArray();
        Assert.InRange(reads.Length, 2, 50);
        Assert.DoesNotContain(reads, read => read.Contains("j.input", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_end_is_seen_without_its_ring_though_tokens_ring_all_the_time()
    {
        var claim = await Host.StartJobAsync(Job(task: NewTask()));
        await using var events = Host.Queue.EventsAsync(JobScope.All, claim.Id, null, Ct).GetAsyncEnumerator(Ct);
        Assert.Equal("state running", await NextAsync(events));
        Assert.Single(await Host.Get<JobStore>().CompleteAsync([new Completion(JobFence.Of(claim), Json("1"))], Ct));
        var start = Stopwatch.GetTimestamp();
        var said = "";
        while (said != "state completed")
        {
            // Well above the time after which a viewer looks without having been rung.
            Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 60);
            await SayAsync(claim, "more");
            said = await NextAsync(events);
        }
    }

    [Fact]
    public async Task Long_texts_are_read_over_many_pages()
    {
        var words = Enumerable.Range(0, 1_200).Select(i => $"w{i}").ToArray();
        var claim = await SpokenAsync(words);
        Assert.Equal([.. words.Select(word => $"token {word}"), "state completed"], await AllAsync(claim.Id, null));
    }

    [Theory]
    [InlineData("1700000000000-0", true)]
    [InlineData("0-0", true)]
    [InlineData("", false)]
    [InlineData("1700000000000", false)]
    [InlineData("-1-0", false)]
    [InlineData("1-0-0", false)]
    [InlineData("9999999999999999999-9999999999999999999", true)]
    [InlineData("18446744073709551616-0", false)]
    [InlineData("18446744073709551615-18446744073709551615", false)]
    [InlineData("00000000000000000001-0", false)]
    [InlineData("1-0\n", false)]
    [InlineData("\u0661-0", false)]
    [InlineData(" 1-0", false)]
    [InlineData("+1-0", false)]
    [InlineData("a-b", false)]
    public void Only_ids_that_can_be_ours_are_taken_for_ids(string text, bool expected) => Assert.Equal(expected, JobEvents.IsEventId(text));

    async Task<ClaimedJob> SpokenAsync(params string[] tokens)
    {
        var claim = await Host.StartJobAsync(Job(task: NewTask()));
        foreach (var token in tokens)
        {
            await SayAsync(claim, token);
        }
        await Host.CompleteAsync(claim);
        return claim;
    }

    async Task SayAsync(ClaimedJob claim, string text) =>
        Assert.True(await Host.Get<JobEvents>().AppendAsync(claim, JobEventTypes.Token, Json($"\"{text}\""), Ct));

    async Task<List<string>> AllAsync(Guid id, string? after)
    {
        await using var events = Host.Queue.EventsAsync(JobScope.All, id, after, Ct).GetAsyncEnumerator(Ct);
        var said = new List<string>();
        while (await NextAsync(events) is var next && next != "the end")
        {
            said.Add(next);
        }
        return said;
    }

    static async Task<string> NextAsync(IAsyncEnumerator<JobEvent> events)
    {
        if (!await events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), Ct))
        {
            return "the end";
        }
        var data = events.Current.Data;
        return $"{events.Current.Type} {(events.Current.Type == JobEventTypes.State ? data.GetProperty("status") : data).GetString()}";
    }
}
