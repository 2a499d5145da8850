using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Npgsql;

namespace AiPlatform.Api.Tests.Audio;

/// <summary>Calls of audio, and the worker's part in them.</summary>
static class AudioCalls
{
    public const string Audio = "/api/v1/audio";

    public static readonly TranscriptionResult Result = new()
    {
        Text = "Hello. How are you?",
        Segments =
        [
            new TranscriptSegment(0, 1.5, "Hello.", null) { Id = 0, Timing = SegmentTiming.Vad },
            new TranscriptSegment(1.5, 3.25, "How are you?", null) { Id = 1, Timing = SegmentTiming.Vad },
        ],
        Duration = 3.5,
        Language = "en",
        Usage = new TranscriptUsage(4, 3, 1, 0),
        Model = "voxtral",
        Provider = "vllm",
    };

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static MultipartFormDataContent Form(byte[]? audio, params (string Name, string Value)[] fields)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        if (audio is not null)
            form.Add(new ByteArrayContent(audio), "file", "call.wav");
        return form;
    }

    public static ByteArrayContent Body(byte[] audio, string type)
    {
        var body = new ByteArrayContent(audio);
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return body;
    }

    public static async Task<Guid> KeepAudioAsync(this RunningApi api, byte[] audio, string owner = "tests")
    {
        var answer = await api.SendAsync(HttpMethod.Post, Audio, Form(audio), ("X-Owner-Service", owner));
        Assert.Equal((201, ""), (answer.Status, answer.Status == 201 ? "" : answer.Text));
        return answer.Json.GetProperty("audio_ref").GetGuid();
    }

    /// <summary>The bytes of a file as workers read them; null where there is none.</summary>
    public static async Task<byte[]?> StoredAsync(this RunningApi api, Guid id)
    {
        var files = api.Get<FileStore>();
        if (await files.GetAsync(JobScope.All, id, Ct) is null)
            return null;
        using var bytes = new MemoryStream();
        await foreach (var part in files.ReadAsync(JobScope.All, id, Ct))
            await bytes.WriteAsync(part, Ct);
        return bytes.ToArray();
    }

    public static async Task<T> ScalarAsync<T>(this RunningApi api, string sql)
    {
        await using var command = api.Get<NpgsqlDataSource>().CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Ct))!;
    }

    public static async Task<ClaimedJob> TakeTranscriptionAsync(this RunningApi api, string profile, string taskType = "transcription") =>
        Assert.Single(await api.Queue.ClaimAsync(new ClaimRequest("w", [taskType], [profile], 1, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60)), Ct));

    public static Task FinishAsync(this RunningApi api, ClaimedJob job, TranscriptionResult? result = null) => api.Queue.CompleteAsync(
        JobFence.Of(job), JsonSerializer.SerializeToElement(result ?? Result, ContractsJson.Default.TranscriptionResult), Ct);

    public static string Job(string profile, string input, string more = "", string taskType = "transcription") => string.Create(
        CultureInfo.InvariantCulture, $$"""{"owner_service":"tests","task_type":"{{taskType}}","model_profile":"{{profile}}","input":{{input}}{{more}}}""");
}
