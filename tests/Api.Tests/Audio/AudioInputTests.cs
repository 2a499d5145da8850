using System.Text.Json;
using System.Text.Json.Nodes;
using AiPlatform.Testing;
using Npgsql;
using static AiPlatform.Api.Tests.Audio.AudioCalls;

namespace AiPlatform.Api.Tests.Audio;

/// <summary>What is said of a transcription job's input when it is submitted, and what becomes of long audio in it.</summary>
public sealed class AudioInputTests(ApiFixture fixture, Stores stores) : IClassFixture<ApiFixture>
{
    const string Jobs = "/api/v1/jobs";

    /// <summary>Of a size that is moved out of the job: 300,000 bytes.</summary>
    static readonly byte[] LongAudio = [.. Enumerable.Range(0, 300_000).Select(place => (byte)(place * 7))];

    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"audio_base64":"*"}""", """{"input.audio_base64":["is not base64."]}""")]
    [InlineData("""{"audio_base64":"data:audio/wav;base64,"}""", """{"input.audio_base64":["must not be empty."]}""")]
    [InlineData("""{"audio_base64":"AAAA","language":"english","num_speakers":0}""",
        """{"input.language":["must be a code such as 'en' or 'en-US', not 'english'."],"input.num_speakers":["must be a whole number from 1 to 8."]}""")]
    [InlineData("""{"audio_url":"call.wav"}""", """{"input.audio_url":["is not an absolute URL; http:// or https:// with a host is expected."]}""")]
    [InlineData("{}", """{"input":["names no audio; give one of audio_url, audio_base64, audio_ref."]}""")]
    [InlineData("""{"audio_ref":"0199e0c2-0000-7000-8000-000000000000"}""",
        """{"input.audio_ref":["'0199e0c2-0000-7000-8000-000000000000' names no audio that is here; it may have expired. POST /api/v1/audio keeps audio and answers a reference."]}""")]
    public async Task An_input_that_is_not_valid_is_refused_by_field(string input, string errors)
    {
        foreach (var taskType in (string[])["transcription", "transcribe"])
            (await _api.PostAsync(Jobs, Job("refused", input, taskType: taskType))).IsInvalid(errors);
        Assert.Equal(201, (await _api.PostAsync(Jobs, Job("refused", input, taskType: "another"))).Status);
    }

    [Theory]
    [InlineData("http://127.0.0.1/a.wav", "leads to 127.0.0.1, which is not a public address; allowed: public ones, and what AUDIO_URL_ALLOWED_HOSTS lists.")]
    [InlineData("http://2130706433/a.wav", "leads to 127.0.0.1, which is not a public address; allowed: public ones, and what AUDIO_URL_ALLOWED_HOSTS lists.")]
    [InlineData("https://[::ffff:10.0.0.1]/", "leads to ::ffff:10.0.0.1, which is not a public address; allowed: public ones, and what AUDIO_URL_ALLOWED_HOSTS lists.")]
    [InlineData("http://localhost/", "leads to localhost, which is not a public address; allowed: public ones, and what AUDIO_URL_ALLOWED_HOSTS lists.")]
    [InlineData("http://a.LOCALHOST./", "leads to a.localhost., which is not a public address; allowed: public ones, and what AUDIO_URL_ALLOWED_HOSTS lists.")]
    [InlineData("file:///etc/passwd", "has the scheme 'file'; only http and https are allowed.")]
    [InlineData("https://u:p@records.example/", "has a user name or password in it, which is not allowed; use a signed URL.")]
    [InlineData("https://records.example:22/", "has the port 22; only 80 and 443 are allowed. For a store of your own, put records.example:22 into AUDIO_URL_ALLOWED_HOSTS.")]
    public async Task An_address_that_is_not_asked_is_refused(string url, string message)
    {
        var refused = await _api.PostAsync(Jobs, Job("url", $$"""{"audio_url":"{{url}}"}"""));
        refused.IsProblem(422, "audio_url_forbidden", "1 field is not valid.");
        Assert.True(JsonNode.DeepEquals(new JsonObject { ["input.audio_url"] = new JsonArray(message) }, JsonNode.Parse(refused.Json.GetProperty("errors").GetRawText())), refused.Text);
    }

    [Fact]
    public async Task An_allowed_host_may_be_private()
    {
        await using var api = await RunningApi.StartAsync(stores, "AUDIO_URL_ALLOWED_HOSTS=127.0.0.1:9000,localhost");
        Assert.Equal(201, (await api.PostAsync(Jobs, Job("url", """{"audio_url":"http://127.0.0.1:9000/a.wav"}"""))).Status);
        Assert.Equal(201, (await api.PostAsync(Jobs, Job("url", """{"audio_url":"http://localhost/a.wav"}"""))).Status);
        Assert.Equal(422, (await api.PostAsync(Jobs, Job("url", """{"audio_url":"http://127.0.0.1/a.wav"}"""))).Status);
    }

    [Fact]
    public async Task A_reference_holds_for_as_long_as_the_job_may_need_the_audio()
    {
        await using var api = await RunningApi.StartAsync(stores, "AUDIO_UPLOAD_TTL=1h");
        var audio = await api.KeepAudioAsync([1]);
        var created = await api.PostAsync(Jobs, Job("kept", $$"""{"audio_ref":"{{audio}}"}""", ""","run_at":"2090-01-01T00:00:00Z" """));
        Assert.Equal((201, $$"""{"audio_ref":"{{audio}}"}"""), (created.Status, created.Json.GetProperty("input").GetRawText()));
        Assert.Equal(
            DateTimeOffset.Parse("2090-01-01T01:00:00Z", null), (await api.GetAsync($"{AudioCalls.Audio}/{audio}")).Json.GetProperty("expires_at").GetDateTimeOffset());
        Assert.Equal(201, (await api.PostAsync(Jobs, Job("kept", $$"""{"audio_ref":"{{audio}}"}"""))).Status);
        Assert.Equal(2090, (await api.GetAsync($"{AudioCalls.Audio}/{audio}")).Json.GetProperty("expires_at").GetDateTimeOffset().Year);
    }

    [Fact]
    public async Task A_key_finds_the_first_job_whatever_has_become_of_its_audio()
    {
        await using var api = await RunningApi.StartAsync(stores, "AUDIO_UPLOAD_MAX_MB=1", "AUDIO_UPLOAD_QUOTA_MB=1");
        var audio = await api.KeepAudioAsync([1]);
        var referring = Job("again", $$"""{"audio_ref":"{{audio}}"}""", ""","idempotency_key":"ref" """);
        var sending = Job("again", $$"""{"audio_base64":"{{Convert.ToBase64String(LongAudio)}}"}""", ""","idempotency_key":"base64" """);
        var first = await SubmitAsync(201);
        await using (var lose = api.Get<NpgsqlDataSource>().CreateCommand("delete from job_audio; delete from stored_file"))
            await lose.ExecuteNonQueryAsync(Ct);
        await api.KeepAudioAsync(new byte[1_000_000]);
        Assert.Equal(first, await SubmitAsync(200));

        async Task<List<Guid>> SubmitAsync(int status)
        {
            List<Guid> ids = [];
            foreach (var body in (string[])[referring, sending])
            {
                var answer = await api.PostAsync(Jobs, body);
                Assert.Equal((status, ""), (answer.Status, answer.Status == status ? "" : answer.Text));
                ids.Add(answer.Json.GetProperty("id").GetGuid());
            }
            return ids;
        }

        var other = Job("again", $$"""{"audio_ref":"{{Guid.CreateVersion7()}}"}""", ""","idempotency_key":"ref" """);
        (await api.PostAsync(Jobs, other)).IsProblem(
            409, "idempotency_conflict", "The same owner used this idempotency key for another job. Nothing was created.");
        Assert.Equal(422, (await api.PostAsync(Jobs, Job("again", $$"""{"audio_ref":"{{audio}}"}""", ""","idempotency_key":"new" """))).Status);
    }

    [Fact]
    public async Task Audio_that_has_expired_or_is_no_audio_is_refused()
    {
        var expired = await _api.KeepAudioAsync([1]);
        await using (var expire = _api.Get<NpgsqlDataSource>().CreateCommand($"update stored_file set expires_at = now() where id = '{expired}'"))
            await expire.ExecuteNonQueryAsync(Ct);
        var audio = await _api.KeepAudioAsync([1]);
        var refused = await _api.PostAsync($"{Jobs}/batch", $$$"""
            {"defaults":{"owner_service":"tests","task_type":"transcription"},
             "jobs":[{"input":{"audio_ref":"{{{audio}}}"}},{"input":{"audio_ref":"{{{expired}}}"}},{"input":{"audio_base64":"?"}}]}
            """);
        refused.IsInvalid($$"""
            {"jobs[1].input.audio_ref":["'{{expired}}' names no audio that is here; it may have expired. POST /api/v1/audio keeps audio and answers a reference."],
             "jobs[2].input.audio_base64":["is not base64."]}
            """);
    }

    [Fact]
    public async Task Long_base64_becomes_a_file_and_the_job_refers_to_it()
    {
        var input = $$"""{"language":"en","audio_base64":"data:audio/wav;base64,{{Convert.ToBase64String(LongAudio)}}","temperature":0.50}""";
        var created = await _api.PostAsync(Jobs, Job("long", input));
        var id = created.Json.GetProperty("id").GetGuid();
        var expected = $$"""{"language":"en","audio_ref":"{{id}}","temperature":0.50}""";
        Assert.Equal((201, expected), (created.Status, created.Json.GetProperty("input").GetRawText()));
        Assert.Equal(expected, (await _api.TakeTranscriptionAsync("long")).Input!.Value.GetRawText());
        Assert.Equal(LongAudio, await _api.StoredAsync(id));
    }

    [Fact]
    public async Task Short_base64_stays_in_the_job()
    {
        var input = $$"""{"audio_base64":"{{Convert.ToBase64String(LongAudio[..190_000])}}"}""";
        var created = await _api.PostAsync(Jobs, Job("short", input));
        Assert.Equal((201, input), (created.Status, created.Json.GetProperty("input").GetRawText()));
    }

    [Fact]
    public async Task A_key_finds_the_first_job_of_long_base64_and_leaves_no_file_behind()
    {
        await using var api = await RunningApi.StartAsync(stores);
        var body = Job("keyed", $$"""{"audio_base64":"{{Convert.ToBase64String(LongAudio)}}"}""", ""","idempotency_key":"k" """);
        var first = await api.PostAsync(Jobs, body);
        var again = await api.PostAsync(Jobs, body);
        Assert.Equal((201, 200), (first.Status, again.Status));
        Assert.Equal(first.Json.GetProperty("id").GetGuid(), again.Json.GetProperty("id").GetGuid());

        var other = Job("keyed", $$"""{"audio_base64":"{{Convert.ToBase64String(LongAudio[1..])}}"}""", ""","idempotency_key":"k" """);
        (await api.PostAsync(Jobs, other)).IsProblem(
            409, "idempotency_conflict", "The same owner used this idempotency key for another job. Nothing was created.");
        Assert.Equal(1L, await api.ScalarAsync<long>("select count(*) from stored_file"));
        Assert.Equal(LongAudio, await api.StoredAsync(first.Json.GetProperty("id").GetGuid()));
    }

    [Fact]
    public async Task Jobs_that_share_their_audio_share_one_file()
    {
        await using var api = await RunningApi.StartAsync(stores);
        var answer = await api.PostAsync($"{Jobs}/batch", $$$"""
            {"defaults":{"owner_service":"tests","task_type":"transcription","input":{"audio_base64":"{{{Convert.ToBase64String(LongAudio)}}}"}},
             "jobs":[{},{"task_type":"transcribe"},{"input":{"audio_base64":"AAAA"}}]}
            """);
        Assert.Equal(201, answer.Status);
        var inputs = new List<JsonElement>();
        foreach (var id in answer.Json.GetProperty("ids").EnumerateArray())
            inputs.Add((await api.GetAsync($"{Jobs}/{id.GetGuid()}")).Json.GetProperty("input"));
        var audio = inputs[0].GetProperty("audio_ref").GetGuid();
        Assert.Equal((audio, "AAAA"), (inputs[1].GetProperty("audio_ref").GetGuid(), inputs[2].GetProperty("audio_base64").GetString()));
        Assert.Equal(1L, await api.ScalarAsync<long>("select count(*) from stored_file"));
        Assert.Equal(LongAudio, await api.StoredAsync(audio));
    }

    [Fact]
    public async Task Long_base64_counts_for_the_quota()
    {
        await using var api = await RunningApi.StartAsync(stores, "AUDIO_UPLOAD_MAX_MB=1", "AUDIO_UPLOAD_QUOTA_MB=1");
        await api.KeepAudioAsync(new byte[900_000]);
        var refused = await api.PostAsync(Jobs, Job("over", $$"""{"audio_base64":"{{Convert.ToBase64String(LongAudio)}}"}"""));
        refused.IsProblem(429, "over_quota",
            "The owner 'tests' keeps 0 MiB of audio, and this would make it more than 1 MiB (AUDIO_UPLOAD_QUOTA_MB). Remove some, or wait until some has expired.");
        Assert.Equal((1L, 0L), (await api.ScalarAsync<long>("select count(*) from stored_file"), await api.ScalarAsync<long>("select count(*) from job")));
    }
}
