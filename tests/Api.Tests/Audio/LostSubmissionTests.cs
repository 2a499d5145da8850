using AiPlatform.Testing;
using Npgsql;
using static AiPlatform.Api.Tests.Audio.AudioCalls;

namespace AiPlatform.Api.Tests.Audio;

/// <summary>What becomes of audio whose job could not be made.</summary>
public sealed class LostSubmissionTests(Stores stores)
{
    const string Transcriptions = "/v1/audio/transcriptions";
    const string Jobs = "/api/v1/jobs";

    static readonly byte[] LongAudio = new byte[300_000];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Routes => [Transcriptions, Jobs, Jobs + "/batch"];

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Audio_of_a_job_that_was_refused_goes_at_once(string route)
    {
        await using var api = await RunningApi.StartAsync(stores);
        await RefuseJobsAsync(api, errorCode: "P0001");
        Assert.Equal(500, (await SubmitAsync(api, route)).Status);
        Assert.Equal(0L, await api.ScalarAsync<long>("select (select count(*) from stored_file) + (select count(*) from file_part) + (select count(*) from job_audio)"));
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Audio_of_a_job_that_may_have_been_made_goes_soon_unless_it_was(string route)
    {
        await using var api = await RunningApi.StartAsync(stores);
        await RefuseJobsAsync(api, errorCode: "53100");
        Assert.Equal(503, (await SubmitAsync(api, route)).Status);
        Assert.Equal(1L, await api.ScalarAsync<long>("select count(*) from stored_file f where is_whole and kept_until(f) between now() + interval '4 minutes' and now() + interval '5 minutes'"));
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Audio_of_a_job_that_was_made_is_kept_as_long_as_that_needs_it(string route)
    {
        await using var api = await RunningApi.StartAsync(stores);
        var submitting = SubmitAsync(api, route);
        var job = await api.TakeTranscriptionAsync("lost");
        Assert.Equal(1L, await api.ScalarAsync<long>("select count(*) from stored_file f where is_whole and kept_until(f) > now() + interval '23 hours'"));
        await api.FinishAsync(job);
        Assert.InRange((await submitting).Status, 200, 201);
    }

    static Task<Answer> SubmitAsync(RunningApi api, string route)
    {
        var input = $$"""{"audio_base64":"{{Convert.ToBase64String(LongAudio)}}"}""";
        return route switch
        {
            Transcriptions => api.SendAsync(HttpMethod.Post, route, Form(LongAudio, ("model", "lost"))),
            Jobs => api.PostAsync(route, Job("lost", input)),
            _ => api.PostAsync(route, $$"""{"jobs":[{{Job("lost", input)}}]}"""),
        };
    }

    static async Task RefuseJobsAsync(RunningApi api, string errorCode)
    {
        await using var refuse = api.Get<NpgsqlDataSource>().CreateCommand($"""
            create function refuse() returns trigger language plpgsql as 'begin raise exception ''refused'' using errcode = ''{errorCode}''; end';
            create trigger refuse before insert on job for each statement execute function refuse();
            """);
        await refuse.ExecuteNonQueryAsync(Ct);
    }
}
