using System.Text.Json;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests;

/// <summary>Pause, resume, stop and start over HTTP, of everything and of parts.</summary>
public sealed class QueueControlTests(Stores stores, ApiFixture fixture) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    [Theory]
    [InlineData("/queue/pause", "/queue/resume", "paused", "stopped")]
    [InlineData("/queue/stop", "/queue/start", "stopped", "paused")]
    public async Task The_whole_queue_is_halted_and_let_go(string halt, string lift, string set, string other)
    {
        await using var api = await RunningApi.StartAsync(stores);
        await api.ReportAsync("w", ["default"]);
        await api.CreateAsync("held");
        var running = await api.CreateAsync("in-hand");
        await api.ClaimAsync("in-hand");

        var halted = await api.PostAsync(halt);
        Assert.Equal((200, true, false, 1L), (halted.Status, Flag(halted, set), Flag(halted, other), halted.Json.GetProperty("queue_size").GetInt64()));
        Assert.Equal(set == "paused", Flag(halted, "running"));
        Assert.Equal([$"{set} * *"], Halts(halted.Json, "halts"));
        Assert.Equal([$"{set} * *"], Halts(halted.Json, "halted_by"));
        Assert.Equal(running, Assert.Single(halted.Json.GetProperty("current_jobs").EnumerateArray()).GetProperty("id").GetGuid());
        Assert.Equal("""{"jobs":[]}""", (await api.PostAsync("/api/v1/jobs/claim", """{"worker_id":"w","task_types":["held"],"wait":"200ms"}""")).Text);
        var stats = await api.GetAsync("/api/v1/stats");
        Assert.Equal((true, false), (Flag(stats, set), Flag(stats, other)));

        var lifted = await api.PostAsync(lift);
        Assert.Equal((false, false, true), (Flag(lifted, "paused"), Flag(lifted, "stopped"), Flag(lifted, "running")));
        Assert.Empty(Halts(lifted.Json, "halted_by"));
        await api.ClaimAsync("held");
    }

    [Fact]
    public async Task A_part_is_named_in_the_body_or_in_the_query_and_may_have_no_jobs_yet()
    {
        var task = $"task-{Guid.NewGuid():N}";
        var paused = await _api.PostAsync("/queue/pause", $$"""{"task_type":"{{task}}"}""");
        Assert.Equal([$"paused {task} *"], Halts(paused.Json, "halted_by"));
        var stopped = await _api.PostAsync($"/queue/stop?task_type={task}&model_profile=default");
        Assert.Equal([$"paused {task} *", $"stopped {task} default"], Halts(stopped.Json, "halted_by"));
        Assert.False(Flag(stopped, "paused") || Flag(stopped, "stopped"));

        await _api.CreateAsync(task);
        var lane = Assert.Single((await _api.GetAsync("/api/v1/stats")).Json.GetProperty("by_lane").EnumerateArray(),
            lane => lane.GetProperty("task_type").GetString() == task);
        Assert.Equal([$"paused {task} *", $"stopped {task} default"], Halts(lane, "halted_by"));

        var resumed = await _api.PostAsync($"/queue/resume?task_type={task}", $$"""{"task_type":"{{task}}","model_profile":"*"}""");
        Assert.Equal([$"stopped {task} default"], Halts(resumed.Json, "halted_by"));
        Assert.Empty(Halts((await _api.PostAsync($"/queue/start?task_type={task}")).Json, "halted_by"));
        await _api.ClaimAsync(task);
    }

    [Fact]
    public async Task A_resume_of_a_part_says_what_wider_pause_still_holds_it()
    {
        await using var api = await RunningApi.StartAsync(stores);
        await api.PostAsync("/queue/pause");
        await api.PostAsync("/queue/pause?model_profile=qwen");
        var resumed = await api.PostAsync("/queue/resume", """{"model_profile":"qwen"}""");
        var wide = Assert.Single(resumed.Json.GetProperty("halted_by").EnumerateArray());
        Assert.Equal(("*", "*"), (wide.GetProperty("task_type").GetString(), wide.GetProperty("model_profile").GetString()));
        Assert.Equal(JsonValueKind.String, wide.GetProperty("since").ValueKind);
        Assert.Equal(JsonValueKind.Null, (await api.GetAsync("/queue/status")).Json.GetProperty("halted_by").ValueKind);
    }

    [Theory]
    [InlineData("?task_type=", null, """{"task_type":["must not be empty or hold control characters."]}""")]
    [InlineData("", """{"model_profile":""}""", """{"model_profile":["must not be empty or hold control characters."]}""")]
    [InlineData("", """{"task_type":1}""", """{"task_type":["must be a string, not a number."]}""")]
    [InlineData("", """{"profile":"x"}""", """{"profile":["is not known; allowed: task_type, model_profile."]}""")]
    [InlineData("", "[]", """{"$":["must be an object, not an array."]}""")]
    [InlineData("?profile=x", null, """{"profile":["is not known; allowed: task_type, model_profile."]}""")]
    [InlineData("?task_type=a", """{"task_type":"b"}""", """{"task_type":["differs between the query and the body; say it in one of them."]}""")]
    [InlineData("?task_type=", """{"model_profile":1}""",
        """{"task_type":["must not be empty or hold control characters."],"model_profile":["must be a string, not a number."]}""")]
    public async Task A_wrong_scope_is_named_and_changes_nothing(string query, string? body, string errors)
    {
        foreach (var verb in new[] { "pause", "resume", "stop", "start" })
        {
            (await _api.PostAsync($"/queue/{verb}{query}", body)).IsInvalid(errors);
        }
        var halts = Halts((await _api.GetAsync("/queue/status")).Json, "halts");
        Assert.DoesNotContain(halts, halt => halt.EndsWith(" *", StringComparison.Ordinal) && halt.Contains(" * ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_body_that_is_no_JSON_is_refused()
    {
        var task = $"task-{Guid.NewGuid():N}";
        Assert.Equal(400, (await _api.PostAsync($"/queue/pause?task_type={task}", "{")).Status);
        using var form = new StringContent("task_type=x", System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");
        Assert.Equal(415, (await _api.SendAsync(HttpMethod.Post, $"/queue/pause?task_type={task}", form)).Status);
        Assert.DoesNotContain(Halts((await _api.GetAsync("/queue/status")).Json, "halts"), halt => halt.Contains(task, StringComparison.Ordinal));
    }

    static bool Flag(Answer answer, string name) => answer.Json.GetProperty(name).GetBoolean();

    static string[] Halts(JsonElement owner, string name) =>
    [
        .. owner.GetProperty(name).EnumerateArray().Select(halt =>
            $"{halt.GetProperty("kind").GetString()} {halt.GetProperty("task_type").GetString()} {halt.GetProperty("model_profile").GetString()}"),
    ];
}
