using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests;

public sealed class JobEventTests(ApiFixture fixture, Stores stores) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_stream_tells_states_and_tokens_and_ends_with_the_final_state()
    {
        var id = await _api.CreateAsync("events");
        await using var events = await ServerEvents.OpenAsync(_api.Http, id);
        Assert.Equal("text/event-stream", events.Response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("no", Assert.Single(events.Response.Headers.GetValues("X-Accel-Buffering")));
        Assert.Equal(("state", "pending"), await StateAsync(events));

        var claim = await ClaimAsync("events");
        Assert.Equal(("state", "running"), await StateAsync(events));
        Assert.True(await _api.Get<JobEvents>().AppendAsync(claim, JobEventTypes.Token, JsonElement.Parse("""{"text":"Hi","attempt":1}"""), Ct));
        var token = await events.NextAsync();
        Assert.Equal(("token", """{"text":"Hi","attempt":1}"""), (token!.Value.Type, token.Value.Data.GetRawText()));

        await _api.Queue.CompleteAsync(JobFence.Of(claim), JsonElement.Parse("{}"), Ct);
        Assert.Equal(("state", "completed"), await StateAsync(events));
        Assert.Null(await events.NextAsync());
    }

    [Fact]
    public async Task What_an_external_worker_says_with_a_heartbeat_is_an_event()
    {
        var id = await _api.CreateAsync("beats");
        var claim = await ClaimAsync("beats");
        await using var events = await ServerEvents.OpenAsync(_api.Http, id);
        Assert.Equal(("state", "running"), await StateAsync(events));

        await _api.PostAsync($"/api/v1/jobs/{id}/heartbeat", $$"""{"lease_token":"{{claim.LeaseToken}}"}""");
        await _api.PostAsync($"/api/v1/jobs/{id}/heartbeat", $$"""{"lease_token":"{{Guid.NewGuid()}}","progress":1}""");
        await _api.PostAsync($"/api/v1/jobs/{id}/heartbeat", $$"""{"lease_token":"{{claim.LeaseToken}}","progress":{"percent":50} }""");

        var told = await events.NextAsync();
        Assert.Equal(("progress", """{"percent":50}"""), (told!.Value.Type, told.Value.Data.GetRawText()));
    }

    [Fact]
    public async Task A_stream_that_was_cut_goes_on_after_the_last_event()
    {
        await _api.CreateAsync("resumed");
        var claim = await ClaimAsync("resumed");
        foreach (var text in (string[])["a", "b", "c"])
            await _api.Get<JobEvents>().AppendAsync(claim, JobEventTypes.Token, JsonElement.Parse($$"""{"text":"{{text}}","attempt":1}"""), Ct);

        string? last;
        await using (var events = await ServerEvents.OpenAsync(_api.Http, claim.Id))
        {
            await events.NextAsync();
            last = (await events.NextAsync())!.Value.Id;
        }

        await _api.Queue.CompleteAsync(JobFence.Of(claim), JsonElement.Parse("{}"), Ct);
        await using var resumed = await ServerEvents.OpenAsync(_api.Http, claim.Id, last);
        Assert.Equal("b", (await resumed.NextAsync())!.Value.Data.GetProperty("text").GetString());
        Assert.Equal("c", (await resumed.NextAsync())!.Value.Data.GetProperty("text").GetString());
        Assert.Equal(("state", "completed"), await StateAsync(resumed));
        Assert.Null(await resumed.NextAsync());
    }

    [Fact]
    public async Task A_viewer_that_does_not_read_holds_nobody_up_and_misses_nothing()
    {
        await _api.CreateAsync("unread");
        var claim = await ClaimAsync("unread");
        var unread = await ServerEvents.OpenAsync(_api.Http, claim.Id);
        var piece = new string('x', 16 * 1024);
        // More than lies on the way between two sockets.
        const int Pieces = 1000;
        for (var n = 0; n < Pieces; n++)
            await ModelWorker.AppendAsync(_api, claim, JsonElement.Parse($$"""{"n":{{n}},"text":"{{piece}}"}"""));
        await _api.Queue.CompleteAsync(JobFence.Of(claim), JsonElement.Parse("{}"), Ct);
        Assert.Equal(JobStatus.Completed, (await _api.Queue.GetAsync(JobScope.All, claim.Id, Ct))!.Status);

        List<int> seen = [];
        string? last = null;
        // The server may have given the connection up, as it does with those who read too slowly: then it goes on with the next.
        while (seen.Count < Pieces)
        {
            try
            {
                while (await unread.NextAsync() is { } entry)
                {
                    last = entry.Id ?? last;
                    if (entry.Type == JobEventTypes.Token)
                        seen.Add(entry.Data.GetProperty("n").GetInt32());
                }
            }
            catch (IOException)
            {
                await unread.DisposeAsync();
                unread = await ServerEvents.OpenAsync(_api.Http, claim.Id, last);
            }
        }
        await unread.DisposeAsync();
        Assert.Equal(Enumerable.Range(0, Pieces), seen);
    }

    [Fact]
    public async Task A_quiet_stream_is_kept_open_by_comments_and_ends_at_once_when_the_process_stops()
    {
        await using var api = await RunningApi.StartAsync(stores, "EVENTS_HEARTBEAT=1s");
        var id = await api.CreateAsync("quiet");
        await using var events = await ServerEvents.OpenAsync(api.Http, id);
        var text = await events.ReadUntilAsync(": still here\n\n");
        Assert.StartsWith("event: state\ndata: {", text, StringComparison.Ordinal);

        var start = Stopwatch.GetTimestamp();
        var stopping = api.StopAsync();
        while (await events.Body.ReadAsync(new byte[1024], Ct) > 0)
        {
            // What was still on its way.
        }
        await stopping;
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Waiting_callers_are_answered_at_once_when_the_process_stops()
    {
        await using var api = await RunningApi.StartAsync(stores);
        var id = await api.CreateAsync("stopped");
        using var meter = new MeterRecorder("Microsoft.AspNetCore.Hosting", api.Get<IMeterFactory>());
        var wait = api.GetAsync($"/api/v1/jobs/{id}?wait=60s");
        var claim = api.PostAsync("/api/v1/jobs/claim", """{"worker_id":"w","task_types":["other"],"wait":"60s"}""");
        await Eventually.That(() => Assert.Equal(2, meter.Sum("http.server.active_requests")), Ct);

        var start = Stopwatch.GetTimestamp();
        await api.StopAsync();
        Assert.Equal((200, "pending"), ((await wait).Status, (await wait).Json.GetProperty("status").GetString()));
        Assert.Equal((200, """{"jobs":[]}"""), ((await claim).Status, (await claim).Text));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    async Task<ClaimedJob> ClaimAsync(string taskType) =>
        Assert.Single(await _api.Queue.ClaimAsync(new ClaimRequest("w", [taskType], [], 1, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(20)), Ct));

    static async Task<(string Type, string? Status)> StateAsync(ServerEvents events)
    {
        var state = await events.NextAsync();
        return (state!.Value.Type, state.Value.Data.GetProperty("status").GetString());
    }
}
