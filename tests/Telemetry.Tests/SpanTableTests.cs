using System.Diagnostics;
using System.Text.Json;
using AiPlatform.Testing;

namespace AiPlatform.Telemetry.Tests;

/// <summary>The table of spans in docs/observability.md against what the processes have sent, for this test and those before it.</summary>
[Collection(ObservedSystem.InTurn)]
public sealed class SpanTableTests(ObservedSystem system)
{
    // As OTLP counts them.
    static readonly string[] Kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_span_is_described_and_every_span_of_ours_occurs()
    {
        var caller = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        await WorkAsync(new Caller(system, $"00-{caller.TraceId}-{caller.SpanId}-01"));

        await Eventually.That(
            () =>
            {
                var sent = Of(caller.TraceId.ToString());
                Assert.Equal(
                    [],
                    from row in ObservabilityDocument.Spans
                    where IsOurs(row.Source)
                    from name in row.Names
                    where !sent.Any(span => span.Scope == row.Source && Kinds[span.Kind] == row.Kind && SpanRow.IsOf(name, span.Name))
                    select $"{row.Source}: {name}");
                Assert.Equal(
                    ["0.2", "0.3", "0.5", "0.9", "1", "20", "40", "7"],
                    sent.Single(span => span.Name == "chat observed").Attributes
                        .Where(attribute => attribute.Key.StartsWith("gen_ai.request.", StringComparison.Ordinal) && attribute.Key != "gen_ai.request.model")
                        .Select(attribute => attribute.Value).Order(StringComparer.Ordinal));
            },
            Ct);
        string[] undescribed = [.. system.Receiver.Spans.SelectMany(Undescribed).Distinct().Order(StringComparer.Ordinal)];
        Assert.True(undescribed.Length == 0, "docs/observability.md lacks:\n" + string.Join('\n', undescribed));
    }

    /// <summary>Each thing that has a span of ours.</summary>
    async Task WorkAsync(Caller caller)
    {
        await caller.PostAsync(
            "/chat",
            """
            {"user":"Hello","model":"observed","max_tokens":20,"temperature":0.5,"top_p":0.9,"top_k":40,"seed":7,"frequency_penalty":0.2,"presence_penalty":0.3,"n":1}
            """);
        await caller.PostAsync("/api/v1/jobs", """{"owner_service":"tests","task_type":"embedding","input":{"input":"one"}}""");
        await caller.PostAsync(
            "/api/v1/jobs",
            $$$"""{"owner_service":"tests","task_type":"transcription","model_profile":"whisperx","input":{"audio_url":"{{{system.Outside}}}call.wav"}}""");
        // That no worker takes: they are there for their callbacks.
        var task = $"table-{Guid.NewGuid():N}";
        var many = await caller.PostAsync(
            "/api/v1/jobs/batch",
            $$"""
            {"defaults":{"owner_service":"tests","input":1,"callback_url":"{{system.Outside}}done"},"jobs":[{"task_type":"{{task}}"},{"task_type":"{{task}}-2"}]}
            """);
        foreach (var id in many.GetProperty("ids").EnumerateArray())
            await caller.PostAsync($"/api/v1/jobs/{id.GetString()}/cancel");
    }

    /// <summary>The spans of a caller's trace, and of those that are linked to it.</summary>
    List<OtlpSpan> Of(string trace)
    {
        var all = system.Receiver.Spans;
        var traces = all.Where(span => span.Links.Any(link => link.Trace == trace)).Select(span => span.Trace).Append(trace).ToHashSet();
        return [.. all.Where(span => traces.Contains(span.Trace))];
    }

    /// <summary>What a span has that the table lacks.</summary>
    static IEnumerable<string> Undescribed(OtlpSpan span)
    {
        if (!IsOurs(span.Scope) && !ObservabilityDocument.SpanSources.Contains(span.Scope))
            return [];
        var row = ObservabilityDocument.Spans.FirstOrDefault(row => row.Source == span.Scope && row.Kind == Kinds[span.Kind] && row.IsNamed(span.Name));
        return row is null
            ? [$"{span.Scope}: {span.Name}, {Kinds[span.Kind]}"]
            : [
                .. span.Attributes.Keys.Except(row.Attributes).Select(attribute => $"{span.Scope}: {row.Names[0]}: attribute {attribute}"),
                .. span.Events.Except(row.Events).Select(happened => $"{span.Scope}: {row.Names[0]}: event {happened}"),
            ];
    }

    static bool IsOurs(string source) => source.StartsWith("AiPlatform.", StringComparison.Ordinal);

    sealed record Caller(ObservedSystem System, string Traceparent)
    {
        public async Task<JsonElement> PostAsync(string path, string? body = null)
        {
            using var response = await System.SendAsync(HttpMethod.Post, path, body, Traceparent);
            var text = await response.Content.ReadAsStringAsync(Ct);
            Assert.True(response.IsSuccessStatusCode, text);
            return JsonElement.Parse(text);
        }
    }
}
