using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>Worker, API and Redis killed in the middle of an answer that somebody reads as it comes. The model server says the first half and then waits: no
/// kill comes too late. Who gives it the beginning of the answer gets the rest.</summary>
public sealed class StreamCrashTests(Stores stores)
{
    const string Answer = "Grüße aus Ürümqi 👋🏽, and so on.";
    const int Half = 11;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_whose_worker_is_killed_goes_on_with_another_and_has_the_same_text()
    {
        await using var model = await ModelAsync();
        await using var caller = await Caller.StartAsync(stores);
        using var config = Config(model);
        await using var api = await caller.ApiAsync();
        await using var first = await WorkerAsync(caller, config, "first", ("WORKER_RENEWED_LEASE", "10s"));
        var own = await OpenAsync(api, "/chat/stream", """{"user":"Hello"}""");
        var openAi = await OpenAsync(api, "/v1/chat/completions", """{"model":"default","messages":[{"role":"user","content":"Hello"}],"stream":true}""");
        await own.ReadAsync(Half);
        await openAi.ReadAsync(Half);

        await first.SignalAsync("KILL");
        await using var second = await WorkerAsync(caller, config, "second");
        await own.ReadToEndAsync();
        await openAi.ReadToEndAsync();

        Assert.Equal((Answer, Answer), (own.Text, openAi.Text));
        Assert.Contains(JobEventTypes.Continued, own.Types);
        Assert.DoesNotContain(JobEventTypes.Restart, own.Types);
        var result = own.Last.GetProperty("result");
        Assert.Equal(
            (Answer, own.Types.Count(type => type == JobEventTypes.Continued)),
            (result.GetProperty("content").GetString(), result.GetProperty("continued").GetInt32()));
        // Neither of the two answers was begun twice.
        Assert.Equal(2, model.Bodies.Count(body => body.Contains("messages", StringComparison.Ordinal) && !body.Contains("continue_final_message", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_stream_whose_API_and_worker_are_killed_is_resumed_at_another_API()
    {
        await using var model = await ModelAsync();
        await using var caller = await Caller.StartAsync(stores);
        using var config = Config(model);
        await using var firstApi = await caller.ApiAsync();
        await using var secondApi = await caller.ApiAsync();
        await using var first = await WorkerAsync(caller, config, "first", ("WORKER_RENEWED_LEASE", "10s"));
        var cut = await OpenAsync(firstApi, "/chat/stream", """{"user":"Hello"}""", ("Idempotency-Key", "once"));
        await cut.ReadAsync(Half);

        await firstApi.KillAsync();
        await first.SignalAsync("KILL");
        await Assert.ThrowsAnyAsync<IOException>(cut.ReadToEndAsync);
        await using var second = await WorkerAsync(caller, config, "second");
        var resumed = await OpenAsync(secondApi, $"/api/v1/jobs/{cut.JobId}/events", null, ("Last-Event-ID", cut.LastId!));
        await resumed.ReadToEndAsync();

        Assert.Equal(Answer, cut.Text + resumed.Text);
        Assert.Contains(JobEventTypes.Continued, resumed.Types);
    }

    [Fact]
    public async Task A_stream_whose_server_cannot_go_on_says_that_it_begins_anew_or_breaks_off()
    {
        await using var model = await ModelAsync();
        await using var caller = await Caller.StartAsync(stores);
        using var config = Config(model, continues: false);
        await using var api = await caller.ApiAsync();
        await using var first = await WorkerAsync(caller, config, "first", ("WORKER_RENEWED_LEASE", "10s"));
        var own = await OpenAsync(api, "/chat/stream", """{"user":"Hello"}""");
        var openAi = await OpenAsync(api, "/v1/chat/completions", """{"model":"default","messages":[{"role":"user","content":"Hello"}],"stream":true}""");
        await own.ReadAsync(Half);
        await openAi.ReadAsync(Half);

        await first.SignalAsync("KILL");
        await using var second = await WorkerAsync(caller, config, "second");
        await Assert.ThrowsAnyAsync<IOException>(openAi.ReadToEndAsync);
        await own.ReadUntilAsync(JobEventTypes.Restart);

        Assert.Equal((Answer[..Half], true), (openAi.Text, openAi.HasError));
    }

    [Fact]
    public async Task A_stream_during_which_Redis_is_killed_has_the_same_text()
    {
        await using var own = await Stores.StartAsync(Ct);
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var model = await ScriptedServer.BeginningAsync(Sse.Text(Answer[..Half]), async context =>
        {
            await killed.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync(Sse.Text(Answer[Half..]) + Sse.Finish() + Sse.Done, context.RequestAborted);
        });
        await using var caller = await Caller.StartAsync(own);
        using var config = Config(model);
        await using var api = await caller.ApiAsync();
        await using var worker = await WorkerAsync(caller, config, "only");
        var openAi = await OpenAsync(api, "/v1/chat/completions", """{"model":"default","messages":[{"role":"user","content":"Hello"}],"stream":true}""");
        await openAi.ReadAsync(Half);

        await own.Redis.KillAsync(Ct);
        killed.SetResult();
        await openAi.ReadToEndAsync();

        Assert.Equal((Answer, false), (openAi.Text, openAi.HasError));
    }

    /// <summary>Says half of the answer and then nothing, unless it is given a beginning.</summary>
    static Task<ScriptedServer> ModelAsync() => ScriptedServer.StartAsync(async context =>
    {
        var body = JsonElement.Parse((string)context.Items["body"]!);
        var said = body.TryGetProperty("continue_final_message", out _) ? body.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetString()! : "";
        context.Response.ContentType = "text/event-stream";
        if (said.Length > 0)
        {
            Assert.StartsWith(said, Answer, StringComparison.Ordinal);
            await context.Response.WriteAsync(Sse.Text(Answer[said.Length..]) + Sse.Finish() + Sse.Done, context.RequestAborted);
            return;
        }
        await context.Response.WriteAsync(Sse.Text(Answer[..4]) + Sse.Text(Answer[4..Half]), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await ScriptedServer.SilenceAsync(context);
    });

    static ConfigFile Config(ScriptedServer model, bool continues = true) => new(
        $$"""
        {"providers": {"gpu": {"kind": "vllm", "base_url": "{{model.Address}}", "continues": {{(continues ? "true" : "false")}}, "idle_timeout": "10m"} } }
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

        public string? JobId => response.Headers.GetValues("X-Job-Id").Single();

        public string Text { get; private set; } = "";

        public string? LastId { get; private set; }

        public List<string> Types { get; } = [];

        public JsonElement Last { get; private set; }

        public bool HasError { get; private set; }

        public async Task ReadAsync(int characters)
        {
            while (Text.Length < characters)
            {
                Assert.True(await NextAsync(), $"It ended after: {Text}");
            }
        }

        public async Task ReadUntilAsync(string type)
        {
            while (!Types.Contains(type))
            {
                Assert.True(await NextAsync(), $"It ended after: {string.Join(' ', Types)}");
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
