using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>Worker, API and Redis killed in the middle of an answer that somebody reads as it comes. The model server says the first half and then waits: no
/// kill comes too late. Who gives it the beginning of the answer gets the rest. The text is that of an answer in one piece, and so is what it has cost.</summary>
public sealed class StreamCrashTests(Stores stores) : IAsyncLifetime
{
    const string Asked = "Grüße aus Ürümqi 👋🏽, and so on.";
    const int HalfTokens = 9;

    const string Own = $$"""{"user":"{{Asked}}"}""";
    const string OpenAi =
        $$"""{"model":"default","messages":[{"role":"user","content":"{{Asked}}"}],"stream_options":{"include_usage":true},"stream":true}""";

    Simulator? simulator;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    Simulator Model => simulator!;

    /// <summary>What is said, and what it costs, where nothing is killed.</summary>
    string Answer { get; set; } = "";

    (int Prompt, int Completion) Bill { get; set; }

    public async ValueTask InitializeAsync()
    {
        simulator = await Simulator.StartAsync();
        var uncut = (await Call.ToAsync(Model.Address, Own)).Answer();
        (Answer, Bill) = (uncut.Content!, BillOf(uncut.Usage));
    }

    public ValueTask DisposeAsync() => Model.DisposeAsync();

    [Fact]
    public async Task A_stream_whose_worker_is_killed_goes_on_with_another_and_is_billed_once()
    {
        await using var caller = await Caller.StartAsync(stores);
        using var config = Config(Model.Address);
        await using var api = await caller.ApiAsync();
        await Model.ArmAsync($"stall;after={HalfTokens}", times: 2);
        await using var first = await WorkerAsync(caller, config, "first", ("WORKER_RENEWED_LEASE", "10s"));
        var own = await OpenAsync(api, "/chat/stream", Own);
        var openAi = await OpenAsync(api, "/v1/chat/completions", OpenAi);
        await own.ReadHalfAsync();
        await openAi.ReadAsync(own.Text.Length);

        await first.SignalAsync("KILL");
        await using var second = await WorkerAsync(caller, config, "second");
        await own.ReadToEndAsync();
        await openAi.ReadToEndAsync();

        Assert.Equal((Answer, Answer), (own.Text, openAi.Text));
        Assert.Contains(JobEventTypes.Continued, own.Types);
        Assert.DoesNotContain(JobEventTypes.Restart, own.Types);
        Assert.Equal(own.Types.Count(type => type == JobEventTypes.Continued), own.Last.GetProperty("result").GetProperty("continued").GetInt32());
        Assert.Equal((Bill, Bill), (BillOf(own.Last.GetProperty("result").GetProperty("usage")), BillOf(openAi.Usage)));
        await IsBilledOnceAsync(caller, own.JobId);
        await IsBilledOnceAsync(caller, openAi.JobId);
    }

    [Fact]
    public async Task A_stream_whose_API_and_worker_are_killed_is_resumed_at_another_API_and_billed_once()
    {
        await using var caller = await Caller.StartAsync(stores);
        using var config = Config(Model.Address);
        await using var firstApi = await caller.ApiAsync();
        await using var secondApi = await caller.ApiAsync();
        await Model.ArmAsync($"stall;after={HalfTokens}");
        await using var first = await WorkerAsync(caller, config, "first", ("WORKER_RENEWED_LEASE", "10s"));
        var cut = await OpenAsync(firstApi, "/chat/stream", Own, ("Idempotency-Key", "once"));
        await cut.ReadHalfAsync();

        await firstApi.KillAsync();
        await first.SignalAsync("KILL");
        await Assert.ThrowsAnyAsync<IOException>(cut.ReadToEndAsync);
        await using var second = await WorkerAsync(caller, config, "second");
        var resumed = await OpenAsync(secondApi, $"/api/v1/jobs/{cut.JobId}/events", null, ("Last-Event-ID", cut.LastId!));
        await resumed.ReadToEndAsync();

        Assert.Equal(Answer, cut.Text + resumed.Text);
        Assert.Contains(JobEventTypes.Continued, resumed.Types);
        await IsBilledOnceAsync(caller, cut.JobId);
    }

    [Fact]
    public async Task A_stream_whose_server_cannot_go_on_says_that_it_begins_anew_or_breaks_off()
    {
        await using var caller = await Caller.StartAsync(stores);
        using var config = Config(Model.Address, continues: false);
        await using var api = await caller.ApiAsync();
        await Model.ArmAsync($"stall;after={HalfTokens}", times: 2);
        await using var first = await WorkerAsync(caller, config, "first", ("WORKER_RENEWED_LEASE", "10s"));
        var own = await OpenAsync(api, "/chat/stream", Own);
        var openAi = await OpenAsync(api, "/v1/chat/completions", OpenAi);
        await own.ReadHalfAsync();
        var half = own.Text;
        await openAi.ReadAsync(half.Length);

        await first.SignalAsync("KILL");
        await using var second = await WorkerAsync(caller, config, "second");
        await Assert.ThrowsAnyAsync<IOException>(openAi.ReadToEndAsync);
        await own.ReadToEndAsync();

        Assert.Equal((half, true), (openAi.Text, openAi.HasError));
        // What was taken back is no part of the answer, and not of its bill.
        Assert.Contains(JobEventTypes.Restart, own.Types);
        Assert.Equal((Answer, Bill), (own.Text, BillOf(own.Last.GetProperty("result").GetProperty("usage"))));
    }

    [Fact]
    public async Task A_stream_during_which_Redis_is_killed_has_the_same_text_and_is_billed_once()
    {
        await using var own = await Stores.StartAsync(Ct);
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var model = await ScriptedServer.BeginningAsync(Sse.Text("Grüße aus Ürü"), async context =>
        {
            await killed.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync(Sse.Text("mqi 👋🏽") + Sse.Finish() + Sse.Usage(9, 7) + Sse.Done, context.RequestAborted);
        });
        await using var caller = await Caller.StartAsync(own);
        using var config = Config(model.Address);
        await using var api = await caller.ApiAsync();
        await using var worker = await WorkerAsync(caller, config, "only");
        var openAi = await OpenAsync(api, "/v1/chat/completions", OpenAi);
        await openAi.ReadAsync("Grüße aus Ürü".Length);

        await own.Redis.KillAsync(Ct);
        killed.SetResult();
        await openAi.ReadToEndAsync();

        Assert.Equal(("Grüße aus Ürümqi 👋🏽", false, (9, 7)), (openAi.Text, openAi.HasError, BillOf(openAi.Usage)));
        Assert.Single(model.Bodies, body => body.Contains("messages", StringComparison.Ordinal));
    }

    /// <summary>The job has the bill of an answer in one piece, and so have the calls that were made for it together.</summary>
    async Task IsBilledOnceAsync(Caller caller, string id)
    {
        var job = (await caller.Queue.GetAsync(JobScope.All, Guid.Parse(id), Ct))!;
        var result = job.ChatResult();
        Assert.Equal((Answer, Bill, 1, 1), (result.Content, BillOf(result.Usage), result.Attempts, job.Attempt));

        var calls = (await Model.RequestsAsync()).GetProperty("requests").EnumerateArray()
            .Where(call => call.GetProperty("headers").EnumerateObject().Any(header => header.Value.GetString()!.Contains(id, StringComparison.Ordinal)))
            .OrderBy(call => call.GetProperty("received_at").GetDateTimeOffset())
            .ToList();
        Assert.Equal(result.Continued + 1, calls.Count);
        Assert.Equal(Bill.Completion, calls.Sum(call => call.GetProperty("tokens_sent").GetInt32()));
        Assert.False(calls[0].GetProperty("body").TryGetProperty("continue_final_message", out _));
        Assert.All(calls.Skip(1), call =>
        {
            Assert.True(call.GetProperty("body").GetProperty("continue_final_message").GetBoolean());
            var beginning = call.GetProperty("body").GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetString()!;
            Assert.True(beginning.Length > 0 && Answer.StartsWith(beginning, StringComparison.Ordinal), beginning);
        });
    }

    static (int Prompt, int Completion) BillOf(JsonElement? usage)
    {
        int Count(string name) => usage!.Value.GetProperty(name).GetInt32();
        return (Count("prompt_tokens"), Count("completion_tokens"));
    }

    static ConfigFile Config(Uri model, bool continues = true) => new(
        $$"""
        {"providers": {"gpu": {"kind": "vllm", "base_url": "{{model}}", "continues": {{(continues ? "true" : "false")}}, "idle_timeout": "10m"} } }
        """);

    static Task<WorkerProcess> WorkerAsync(Caller caller, ConfigFile config, string name, params (string, string)[] settings) =>
        caller.WorkerAsync([("LLM_CONFIG_FILE", config.Path), ("WORKER_ID", name), .. settings]);

    static async Task<Reading> OpenAsync(ServiceProcess api, string path, string? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }
        var response = await api.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        response.EnsureSuccessStatusCode();
        return new Reading(response, await response.Content.ReadAsStreamAsync(Ct));
    }

    /// <summary>A stream of one of the two kinds, as far as it was read.</summary>
    sealed class Reading(HttpResponseMessage response, Stream body)
    {
        readonly IAsyncEnumerator<SseItem<string>> items = SseParser.Create(body).EnumerateAsync(Ct).GetAsyncEnumerator(Ct);

        public string JobId => response.Headers.GetValues("X-Job-Id").Single();

        public string Text { get; private set; } = "";

        public string? LastId { get; private set; }

        public List<string> Types { get; } = [];

        public JsonElement Last { get; private set; }

        public JsonElement? Usage { get; private set; }

        public bool HasError { get; private set; }

        public async Task ReadAsync(int characters)
        {
            while (Text.Length < characters)
            {
                Assert.True(await NextAsync(), $"It ended after: {Text}");
            }
        }

        /// <summary>Until all is there that the model server says before it waits.</summary>
        public async Task ReadHalfAsync()
        {
            while (!(Types.LastOrDefault() == JobEventTypes.Token && Last.GetProperty("tokens").GetInt32() == HalfTokens))
            {
                Assert.True(await NextAsync(), $"It ended after: {Text}");
            }
        }

        public async Task ReadToEndAsync()
        {
            while (await NextAsync())
            {
                // To its end.
            }
        }

        async Task<bool> NextAsync()
        {
            if (!await items.MoveNextAsync())
            {
                return false;
            }
            Types.Add(items.Current.EventType);
            LastId = items.Current.EventId ?? LastId;
            if (items.Current.Data == "[DONE]")
            {
                return true;
            }
            Last = JsonElement.Parse(items.Current.Data);
            HasError |= Last.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object && Types[^1] == "message";
            if (Last.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
            {
                Usage = usage;
            }
            if (Types[^1] == JobEventTypes.Restart)
            {
                Text = "";
            }
            if (Types[^1] == JobEventTypes.Token)
            {
                Text += Last.GetProperty("text").GetString();
            }
            else if (Last.TryGetProperty("choices", out var choices))
            {
                Text += string.Concat(choices.EnumerateArray().Select(
                    choice => choice.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : ""));
            }
            return true;
        }
    }
}
