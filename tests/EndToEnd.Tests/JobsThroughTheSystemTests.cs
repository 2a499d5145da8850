using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.EndToEnd.Tests;

public sealed class JobsThroughTheSystemTests(WholeSystem system)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chat_comes_back_with_its_answer()
    {
        using var response = await system.PostAsync("/chat", new ChatCall { User = "What is the capital of France?" }, ContractsJson.Default.ChatCall);
        var answer = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ChatResult, Ct))!;

        Assert.Contains("simulated", answer.Content, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(("stop", 1), (answer.FinishReason, answer.Attempts));
        Assert.True(answer.Usage!.Value.GetProperty("completion_tokens").GetInt32() > 0);

        var job = await system.EndOfAsync(Guid.Parse(Assert.Single(response.Headers.GetValues("X-Job-Id"))));
        Assert.Equal((JobStatus.Completed, "llm_chat", JobPriority.Normal), (job.Status, job.TaskType, job.Priority));
    }

    [Fact]
    public async Task A_recording_comes_back_as_segments()
    {
        var audio = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "call.wav"), Ct);
        var job = await system.CreateAsync(new CreateJob
        {
            OwnerService = "telephony",
            OwnerRef = "beeline/8123",
            TaskType = "transcription",
            Input = JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["audio_base64"] = Convert.ToBase64String(audio) }),
        });

        var done = await system.EndOfAsync(job.Id);
        Assert.True(done.Status == JobStatus.Completed, done.Error?.Message);
        var result = done.Result!.Value.Deserialize(ContractsJson.Default.TranscriptionResult)!;
        Assert.Contains("Simulated transcript", result.Text, StringComparison.Ordinal);
        Assert.InRange(result.Duration, 3, 5);
        Assert.Equal(result.Text, string.Join(' ', result.Segments.Select(segment => segment.Text)));
        Assert.All(result.Segments, segment => Assert.True(segment.Start < segment.End && segment.End <= result.Duration + 0.001 && segment.Speaker is { Length: > 0 }));
    }

    [Fact]
    public async Task An_external_worker_claims_renews_and_completes_over_HTTP()
    {
        var task = $"external-{Guid.NewGuid():N}";
        var job = await system.CreateAsync(new CreateJob { OwnerService = "tests", TaskType = task, Input = JsonElement.Parse("""{"n":1}""") });

        using var claimed = await system.PostAsync(
            "/api/v1/jobs/claim", new ClaimJobs { WorkerId = "external-1", TaskTypes = [task], Wait = "10s" }, ContractsJson.Default.ClaimJobs);
        var claim = Assert.Single((await claimed.Content.ReadFromJsonAsync(ContractsJson.Default.ClaimedJobs, Ct))!.Jobs);
        Assert.Equal((job.Id, """{"n":1}"""), (claim.Id, claim.Input!.Value.GetRawText()));

        using var renewed = await system.PostAsync(
            $"/api/v1/jobs/{job.Id}/heartbeat",
            new Heartbeat { LeaseToken = claim.LeaseToken, Progress = JsonElement.Parse("""{"percent":50}""") }, ContractsJson.Default.Heartbeat);
        Assert.False((await renewed.Content.ReadFromJsonAsync(ContractsJson.Default.HeartbeatAnswer, Ct))!.CancelRequested);

        var stale = new CompleteJob { LeaseToken = Guid.NewGuid(), Result = JsonElement.Parse("0") };
        using var refused = await system.Api.PostAsJsonAsync($"/api/v1/jobs/{job.Id}/complete", stale, ContractsJson.Default.CompleteJob, Ct);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("\"code\":\"lease_lost\"", await refused.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);

        using var recorded = await system.PostAsync(
            $"/api/v1/jobs/{job.Id}/complete", stale with { LeaseToken = claim.LeaseToken, Result = JsonElement.Parse("42") }, ContractsJson.Default.CompleteJob);
        var done = await system.EndOfAsync(job.Id);
        Assert.Equal((JobStatus.Completed, "42", "external-1"), (done.Status, done.Result!.Value.GetRawText(), done.WorkerId));
    }

    [Fact]
    public async Task A_chat_job_can_be_watched_token_by_token()
    {
        var job = await system.CreateAsync(new CreateJob
        {
            OwnerService = "tests",
            TaskType = "chat_completion",
            Input = JsonElement.Parse("""{"messages":[{"role":"user","content":"Tell me a story."}]}"""),
        });

        using var response = await system.Api.GetAsync($"/api/v1/jobs/{job.Id}/events", HttpCompletionOption.ResponseHeadersRead, Ct);
        var (text, last) = (new StringBuilder(), default(JsonElement));
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync(Ct)).EnumerateAsync(Ct))
        {
            var data = JsonElement.Parse(item.Data);
            if (item.EventType == JobEventTypes.Token)
            {
                text.Append(data.GetProperty("text").GetString());
            }
            last = item.EventType == JobEventTypes.State ? data : last;
        }

        Assert.Equal("completed", last.GetProperty("status").GetString());
        Assert.Equal(last.GetProperty("result").GetProperty("content").GetString(), text.ToString());
    }
}
