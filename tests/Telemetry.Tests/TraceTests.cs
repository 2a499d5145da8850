using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using AiPlatform.Testing;

namespace AiPlatform.Telemetry.Tests;

/// <summary>One trace, from the caller to the model server, as an OTLP receiver has it.</summary>
[Collection(ObservedSystem.InTurn)]
public sealed class TraceTests(ObservedSystem system)
{
    const int Server = 2;
    const int Client = 3;
    const int Producer = 4;
    const int Consumer = 5;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_caller_who_waits_has_one_trace_over_all_processes()
    {
        var caller = Context();
        using var response = await system.SendAsync(HttpMethod.Post, "/chat", """{"user":"Hello","model":"observed","max_tokens":20}""", Traceparent(caller));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Ct));
        var id = Assert.Single(response.Headers.GetValues("X-Job-Id"));

        await Eventually.That(
            async () =>
            {
                var spans = system.Receiver.Spans.Where(span => span.Trace == caller.TraceId.ToString()).ToList();
                var request = Assert.Single(spans, span => span.Name == "POST /chat");
                Assert.Equal(("Api", Server, caller.SpanId.ToString(), "vendor=kept"), (request.Service, request.Kind, request.Parent, request.State));
                var send = Assert.Single(spans, span => span.Name == "send llm_chat");
                Assert.Equal(("Api", Producer, request.Id, id), (send.Service, send.Kind, send.Parent, send.Attributes["messaging.message.id"]));
                var process = Assert.Single(spans, span => span.Name == "process llm_chat");
                Assert.Equal(("LlmWorker", Consumer, send.Id, "vendor=kept"), (process.Service, process.Kind, process.Parent, process.State));
                Assert.Equal(
                    (id, "llm_chat", "process", "1", "completed"),
                    (process.Attributes["messaging.message.id"], process.Attributes["messaging.destination.name"], process.Attributes["messaging.operation.type"],
                        process.Attributes["aiplatform.job.attempt"], process.Attributes["aiplatform.job.outcome"]));
                Assert.Empty(process.Links);
                var chat = Assert.Single(spans, span => span.Name == "chat observed");
                Assert.Equal((Client, process.Id), (chat.Kind, chat.Parent));
                Assert.Equal(
                    ("chat", "observed", "20", "stop", system.Model.BaseAddress!.Host),
                    (chat.Attributes["gen_ai.operation.name"], chat.Attributes["gen_ai.request.model"], chat.Attributes["gen_ai.request.max_tokens"],
                        chat.Attributes["gen_ai.response.finish_reasons"].Replace("length", "stop", StringComparison.Ordinal), chat.Attributes["server.address"]));
                Assert.All(
                    (string[])["gen_ai.provider.name", "gen_ai.response.id", "gen_ai.response.model", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"],
                    name => Assert.Contains(name, chat.Attributes.Keys));
                var call = Assert.Single(spans, span => span.Parent == chat.Id);
                Assert.Equal((Client, "POST"), (call.Kind, call.Attributes["http.request.method"]));
                Assert.Contains($"00-{call.Trace}-{call.Id}-01", await TraceparentsAsync());
            },
            Ct);
    }

    [Fact]
    public async Task A_job_that_nobody_waits_for_has_a_trace_of_its_own_with_a_link_and_so_has_each_attempt()
    {
        await system.ArmAsync("status;code=503", model: "observed");
        var caller = Context();
        using var response = await system.SendAsync(
            HttpMethod.Post, "/api/v1/jobs",
            """{"owner_service":"tests","task_type":"chat_completion","model_profile":"observed","input":{"messages":[{"role":"user","content":"Hi"}]}}""",
            Traceparent(caller));
        var id = (await response.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("id").GetString()!;
        Assert.Equal("completed", (await system.EndOfAsync(id)).GetProperty("status").GetString());

        await Eventually.That(
            () =>
            {
                var send = Assert.Single(system.Receiver.Spans, span => span.Trace == caller.TraceId.ToString() && span.Name == "send chat_completion");
                var runs = system.Receiver.Spans
                    .Where(span => span.Name == "process chat_completion" && span.Attributes["messaging.message.id"] == id)
                    .OrderBy(span => span.Attributes["aiplatform.job.attempt"]).ToList();
                Assert.Equal(["1", "2"], runs.Select(span => span.Attributes["aiplatform.job.attempt"]));
                Assert.Equal(["failed, will be tried again", "completed"], runs.Select(span => span.Attributes["aiplatform.job.outcome"]));
                Assert.Equal([2, 0], runs.Select(span => span.Status));
                Assert.All(runs, run => Assert.Equal(("", (send.Trace, send.Id)), (run.Parent, Assert.Single(run.Links))));
                Assert.Equal(3, runs.Select(run => run.Trace).Append(caller.TraceId.ToString()).Distinct().Count());
                Assert.All(runs, run => Assert.Single(system.Receiver.Spans, span => span.Parent == run.Id && span.Name == "chat observed"));
            },
            Ct);
    }

    [Fact]
    public async Task A_callback_has_a_trace_of_its_own_with_a_link()
    {
        var caller = Context();
        var task = $"traced-{Guid.NewGuid():N}";
        using var created = await system.SendAsync(
            HttpMethod.Post, "/api/v1/jobs",
            $$"""{"owner_service":"tests","task_type":"{{task}}","input":1,"callback_url":"{{system.Outside}}done"}""", Traceparent(caller));
        var id = (await created.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("id").GetString()!;
        using var cancelled = await system.SendAsync(HttpMethod.Post, $"/api/v1/jobs/{id}/cancel");

        await Eventually.That(
            () =>
            {
                var send = Assert.Single(system.Receiver.Spans, span => span.Name == $"send {task}");
                var deliveries = system.Receiver.Spans.Where(span => span.Name == "process callback" && span.Attributes["messaging.message.id"] == id).ToList();
                Assert.Contains(deliveries, delivery => delivery.Attributes["aiplatform.callback.outcome"] == "delivered");
                Assert.All(deliveries, delivery => Assert.Equal(("", Consumer, (send.Trace, send.Id)), (delivery.Parent, delivery.Kind, Assert.Single(delivery.Links))));
            },
            Ct);
    }

    [Fact]
    public async Task A_caller_that_is_not_sampled_leaves_no_span_anywhere()
    {
        var (unsampled, sampled) = (Context(), Context());
        using var first = await system.SendAsync(HttpMethod.Post, "/chat", """{"user":"Hello"}""", Traceparent(unsampled, "00"));
        using var then = await system.SendAsync(HttpMethod.Post, "/chat", """{"user":"Hello"}""", Traceparent(sampled));
        var id = Assert.Single(first.Headers.GetValues("X-Job-Id"));

        // What comes after it from the same processes has arrived.
        await Eventually.That(
            () => Assert.Superset(
                new HashSet<string>(["POST /chat", "process llm_chat"]),
                system.Receiver.Spans.Where(span => span.Trace == sampled.TraceId.ToString()).Select(span => span.Name).ToHashSet()),
            Ct);
        Assert.DoesNotContain(system.Receiver.Spans, span => span.Trace == unsampled.TraceId.ToString() || span.Attributes.GetValueOrDefault("messaging.message.id") == id);
        Assert.Contains(await TraceparentsAsync(), header => header.StartsWith($"00-{unsampled.TraceId}-", StringComparison.Ordinal) && header.EndsWith("-00", StringComparison.Ordinal));
    }

    static ActivityContext Context() => new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);

    static string Traceparent(ActivityContext context, string flags = "01") => $"00-{context.TraceId}-{context.SpanId}-{flags}";

    /// <summary>Those that have reached the model server.</summary>
    async Task<IReadOnlyList<string>> TraceparentsAsync()
    {
        var log = await system.Model.GetFromJsonAsync<JsonElement>("/admin/requests?limit=1000", Ct);
        return
        [
            .. log.GetProperty("requests").EnumerateArray()
                .Select(request => request.GetProperty("headers").TryGetProperty("traceparent", out var header) ? header.GetString()! : ""),
        ];
    }
}
