using System.Net;
using System.Text.Json;
using AiPlatform.Testing;

namespace AiPlatform.Telemetry.Tests;

/// <summary>What callers say, what models answer, and every key, stay out of all that the processes tell of themselves.</summary>
[Collection(ObservedSystem.InTurn)]
public sealed class SecretsTests(ObservedSystem system)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_marked_is_in_any_output()
    {
        List<string> refusals = [];
        await ChatAsync(HttpStatusCode.OK);
        await system.ArmAsync($"status;code=400;message=cannot answer {Secrets.Prompt} with {Secrets.ModelKey}");
        await ChatAsync(HttpStatusCode.UnprocessableEntity);
        await system.ArmAsync($"error;message=broke at {Secrets.Prompt} of {Secrets.ModelKey}");
        await ChatAsync(HttpStatusCode.OK);
        refusals.Add(await TextAsync(HttpMethod.Post, "/chat", $$"""{"messages":"{{Secrets.Prompt}}"}"""));
        refusals.Add(await TextAsync(HttpMethod.Post, "/chat", $$"""{"user":"{{Secrets.Prompt}}",}"""));
        refusals.Add(await TextAsync(HttpMethod.Post, "/v1/chat/completions", $$"""{"model":"observed","messages":[{"role":"user","content":"{{Secrets.Prompt}}"}],"n":"x"}"""));
        refusals.Add(await TextAsync(HttpMethod.Get, "/api/v1/infra/status"));
        refusals.Add(await TextAsync(HttpMethod.Get, $"/api/v1/nothing?token={Secrets.AudioToken}"));
        string[] transcriptions = [await TranscribeAsync("call.wav", "completed"), await TranscribeAsync("missing.wav", "failed")];
        var external = await ExternalAsync();
        // What it all left behind has been sent: spans, log records and metrics of all that is above.
        await Eventually.That(
            () =>
            {
                Assert.Contains(system.Receiver.Spans, span => span.Name == "process callback" && span.Attributes["aiplatform.callback.outcome"] == "delivered");
                Assert.Superset(transcriptions.ToHashSet(), Outcomes(system.Output, "transcription").Select(line => line.GetProperty("JobId").ToString()).ToHashSet());
                Assert.Contains(external, system.Receiver.Received("logs"), StringComparison.Ordinal);
            },
            Ct);

        Assert.Empty(Secrets.FoundIn(string.Join('\n', refusals)));
        Assert.DoesNotContain(system.Output.Split('\n'), line => Secrets.FoundIn(line).Any());
        Assert.All((string[])["traces", "metrics", "logs"], signal =>
        {
            Assert.NotEmpty(system.Receiver.Received(signal));
            Assert.Empty(Secrets.FoundIn(system.Receiver.Received(signal)));
        });
        Assert.Empty(Secrets.FoundIn(await system.MetricsAsync()));
    }

    [Fact]
    public async Task Each_outcome_is_one_line_with_what_an_operator_asks()
    {
        using var response = await system.SendAsync(HttpMethod.Post, "/chat", """{"user":"Hello"}""", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        var id = Assert.Single(response.Headers.GetValues("X-Job-Id"));

        await Eventually.That(
            () =>
            {
                var line = Assert.Single(Outcomes(system.Output, "llm_chat"), line => line.GetProperty("JobId").ToString() == id);
                Assert.Equal(
                    ("1", "completed", "0af7651916cd43dd8448eb211c80319c", "observed"),
                    (line.GetProperty("Attempt").ToString(), line.GetProperty("Outcome").GetString(), line.GetProperty("TraceId").GetString(), line.GetProperty("Model").GetString()));
                Assert.All((string[])["WaitSeconds", "RunSeconds", "Provider", "ErrorCategory"], name => Assert.True(line.TryGetProperty(name, out _), name));
            },
            Ct);
    }

    [Theory]
    [InlineData("CHAT_TIMEOUT", "soon")]
    [InlineData("DATABASE_URL", $"postgres://user:{Secrets.DatabasePassword}@host:port/jobs")]
    [InlineData("REDIS_URL", $"redis://:{Secrets.RedisPassword}@host:port")]
    [InlineData("CALLBACK_SECRET", $"whsec_{Secrets.Token}!")]
    public async Task A_start_that_fails_says_no_secret(string name, string value)
    {
        var environment = system.Environment((name, value));
        if (name is "DATABASE_URL" or "REDIS_URL")
        {
            environment[name == "DATABASE_URL" ? "ConnectionStrings__jobs" : "ConnectionStrings__redis"] = null;
        }

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using var process = await ServiceProcess.StartAsync("Api", environment, Ct);
        });

        Assert.Contains(name, failure.Message, StringComparison.Ordinal);
        Assert.Empty(Secrets.FoundIn(failure.Message));
    }

    async Task ChatAsync(HttpStatusCode expected)
    {
        using var response = await system.SendAsync(HttpMethod.Post, "/chat", $$"""{"user":"Repeat: {{Secrets.Prompt}}","owner_service":"tests"}""");
        Assert.Equal(expected, response.StatusCode);
    }

    async Task<string> TextAsync(HttpMethod method, string path, string? body = null)
    {
        using var response = await system.SendAsync(method, path, body);
        return await response.Content.ReadAsStringAsync(Ct);
    }

    async Task<string> TranscribeAsync(string file, string expected)
    {
        using var heard = new StringContent(JsonSerializer.Serialize(new { text = Secrets.Spoken, times = 1 }), System.Text.Encoding.UTF8, "application/json");
        using var told = await system.Model.PostAsync(new Uri("/admin/transcripts", UriKind.Relative), heard, Ct);
        Assert.True(told.IsSuccessStatusCode, await told.Content.ReadAsStringAsync(Ct));
        var job = JsonElement.Parse(await TextAsync(
            HttpMethod.Post, "/api/v1/jobs",
            $$$"""{"owner_service":"tests","task_type":"transcription","model_profile":"whisperx","max_attempts":1,"input":{"audio_url":"{{{system.Outside}}}{{{file}}}?token={{{Secrets.AudioToken}}}","prompt":"{{{Secrets.Prompt}}}"}}"""));
        var id = job.GetProperty("id").GetString()!;
        Assert.Equal(expected, (await system.EndOfAsync(id)).GetProperty("status").GetString());
        return id;
    }

    /// <summary>A job of an external worker, with a callback; answers its task type.</summary>
    async Task<string> ExternalAsync()
    {
        var task = $"secret-{Guid.NewGuid():N}";
        await TextAsync(
            HttpMethod.Post, "/api/v1/jobs",
            $$"""{"owner_service":"tests","task_type":"{{task}}","input":"{{Secrets.Prompt}}","callback_url":"{{system.Outside}}done?token={{Secrets.ReceiverToken}}"}""");
        var claim = JsonElement.Parse(await TextAsync(HttpMethod.Post, "/api/v1/jobs/claim", $$"""{"worker_id":"outside","task_types":["{{task}}"],"wait":"30s"}"""));
        var job = claim.GetProperty("jobs")[0];
        await TextAsync(
            HttpMethod.Post, $"/api/v1/jobs/{job.GetProperty("id").GetString()}/complete",
            $$"""{"lease_token":"{{job.GetProperty("lease_token").GetString()}}","result":"{{Secrets.Result}}"}""");
        return task;
    }

    /// <summary>The lines of outcomes, as the JSON console has them.</summary>
    static List<JsonElement> Outcomes(string output, string task) =>
    [
        .. output.Split('\n').Where(line => line.Contains("\"EventId\":3040", StringComparison.Ordinal))
            .Select(line => JsonElement.Parse(line[line.IndexOf('{', StringComparison.Ordinal)..]).GetProperty("State"))
            .Where(state => state.GetProperty("TaskType").GetString() == task),
    ];
}
