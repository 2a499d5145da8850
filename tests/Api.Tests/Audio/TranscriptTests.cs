using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using static AiPlatform.Api.Tests.Audio.AudioCalls;

namespace AiPlatform.Api.Tests.Audio;

/// <summary>Transcripts of jobs in the form that their reader wants.</summary>
public sealed class TranscriptTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    const string Subtitles = "1\n00:00:00,000 --> 00:00:01,500\nHello.\n\n2\n00:00:01,500 --> 00:00:03,250\nHow are you?\n\n";
    const string Captions = "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello.\n\n00:00:01.500 --> 00:00:03.250\nHow are you?\n\n";

    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_completed_transcription_is_told_in_every_form()
    {
        var id = await CompletedAsync("forms");
        var result = (await _api.GetAsync($"/api/v1/jobs/{id}")).Json.GetProperty("result").GetRawText();
        await IsAsync(id, "?format=json", null, "application/json", result);
        await IsAsync(id, "?format=text", null, "text/plain", "Hello. How are you?");
        await IsAsync(id, "?format=srt", null, "application/x-subrip", Subtitles);
        await IsAsync(id, "?format=vtt", null, "text/vtt", Captions);

        await IsAsync(id, "", null, "application/json", result);
        await IsAsync(id, "", "*/*", "application/json", result);
        await IsAsync(id, "", "image/png", "application/json", result);
        await IsAsync(id, "", "text/vtt", "text/vtt", Captions);
        await IsAsync(id, "", "text/srt", "application/x-subrip", Subtitles);
        await IsAsync(id, "", "application/json;q=0.5, text/plain", "text/plain", "Hello. How are you?");
        await IsAsync(id, "?format=srt", "text/vtt", "application/x-subrip", Subtitles);
    }

    [Fact]
    public async Task A_result_that_says_more_than_is_known_has_a_transcript_too()
    {
        var job = await CreatedAsync("more");
        var result = JsonSerializer.SerializeToNode(Result, ContractsJson.Default.TranscriptionResult)!;
        result["invented"] = 1;
        await _api.Queue.CompleteAsync(JobFence.Of(job), JsonElement.Parse(result.ToJsonString()), Ct);
        await IsAsync(job.Id, "?format=srt", null, "application/x-subrip", Subtitles);
    }

    [Fact]
    public async Task A_result_of_segments_alone_has_a_transcript_too()
    {
        var job = await CreatedAsync("less");
        await _api.Queue.CompleteAsync(JobFence.Of(job), JsonElement.Parse("""
            {"text":"Hello. How are you?","duration":3.5,
             "segments":[{"start":0,"end":1.5,"text":"Hello.","speaker":null},{"start":1.5,"end":3.25,"text":"How are you?","speaker":null}]}
            """), Ct);
        await IsAsync(job.Id, "?format=srt", null, "application/x-subrip", Subtitles);
    }

    [Fact]
    public async Task A_form_that_is_not_known_is_refused() =>
        (await _api.GetAsync($"/api/v1/jobs/{Guid.CreateVersion7()}/transcript?format=docx"))
            .IsInvalid("""{"format":["'docx' is not allowed; allowed: json, text, srt, vtt."]}""");

    [Fact]
    public async Task Who_asks_too_early_or_for_what_is_none_is_told_why()
    {
        var unknown = Guid.CreateVersion7();
        (await _api.GetAsync($"/api/v1/jobs/{unknown}/transcript")).IsProblem(404, "not_found", $"There is no job {unknown}.");

        var chat = await _api.CreateAsync("llm_chat");
        (await _api.GetAsync($"/api/v1/jobs/{chat}/transcript")).IsProblem(
            404, "not_found", $"Job {chat} is of the task type 'llm_chat'; transcripts have transcription and transcribe.");

        var running = await CreatedAsync("early");
        (await _api.GetAsync($"/api/v1/jobs/{running.Id}/transcript")).IsProblem(409, "not_finished",
            $"Job {running.Id} is running; its transcript is there when it is completed. GET /api/v1/jobs/{running.Id}?wait=30s waits for that.");
        await _api.Queue.FailAsync(JobFence.Of(running), new JobError("audio_unreadable", "No audio."), new FailOptions(Retry: false), Ct);
        (await _api.GetAsync($"/api/v1/jobs/{running.Id}/transcript")).IsProblem(
            409, "invalid_state", $"Job {running.Id} is failed; only completed jobs have a transcript.");

        var strange = await CreatedAsync("strange");
        await _api.Queue.CompleteAsync(JobFence.Of(strange), JsonElement.Parse("""{"words":[]}"""), Ct);
        (await _api.GetAsync($"/api/v1/jobs/{strange.Id}/transcript?format=vtt")).IsProblem(
            409, "invalid_state", $"The result of job {strange.Id} is not in the form of a transcription; GET /api/v1/jobs/{strange.Id} has it as it is.");
        await IsAsync(strange.Id, "", null, "application/json", """{"words":[]}""");
    }

    [Fact]
    public async Task Of_a_running_job_there_is_what_its_worker_has_so_far()
    {
        var job = await CreatedAsync("growing");
        await SaveAsync(job, "plan", """
            {"name":"abc","duration":30,"chunks":[{"track":0,"index":0,"range":{"start":0,"end":160000}},{"track":0,"index":1,"range":{"start":160000,"end":320000}},
            {"track":0,"index":2,"range":{"start":320000,"end":480000}}]}
            """);
        await SaveAsync(job, "chunk-abc-0-00000", """{"segments":[{"start":0.5,"end":9,"text":"Hello.","channel":0}]}""");
        // Not yet: what comes before it is missing.
        await SaveAsync(job, "chunk-abc-0-00002", """{"segments":[{"start":20,"end":29,"text":"Bye.","channel":0}]}""");

        var answer = await _api.GetAsync($"/api/v1/jobs/{job.Id}/transcript");
        Assert.Equal((200, "true"), (answer.Status, Assert.Single(answer.Headers.GetValues("X-Transcript-Partial"))));
        var known = JsonElement.Parse(answer.Text).Deserialize(ContractsJson.Default.TranscriptionResult)!;
        Assert.Equal((true, 10.0, 30.0, "Hello."), (known.Partial, known.TranscribedUntil, known.Duration, known.Text));
        Assert.Equal((0, 0.5, 9.0, (string?)null), Assert.Single(known.Segments) is var only ? (only.Id, only.Start, only.End, only.Speaker) : default);
        await IsAsync(job.Id, "?format=text", null, "text/plain", "Hello.");
    }

    async Task SaveAsync(ClaimedJob job, string key, string content) =>
        Assert.True(await _api.Get<JobCheckpoints>().SaveAsync(JobFence.Of(job), new Checkpoint(key, JsonElement.Parse(content)), Ct));

    async Task<ClaimedJob> CreatedAsync(string profile)
    {
        Assert.Equal(201, (await _api.PostAsync("/api/v1/jobs", Job(profile, """{"audio_base64":"AAAA"}""", taskType: "transcribe"))).Status);
        return await _api.TakeTranscriptionAsync(profile, "transcribe");
    }

    async Task<Guid> CompletedAsync(string profile)
    {
        var job = await CreatedAsync(profile);
        await _api.FinishAsync(job);
        return job.Id;
    }

    async Task IsAsync(Guid id, string query, string? accept, string mediaType, string text)
    {
        var answer = await _api.SendAsync(HttpMethod.Get, $"/api/v1/jobs/{id}/transcript{query}", null, accept is null ? [] : [("Accept", accept)]);
        Assert.Equal((200, mediaType, text), (answer.Status, answer.MediaType, answer.Text));
    }
}
