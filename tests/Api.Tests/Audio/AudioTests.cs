using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using AiPlatform.Api.Audio;
using AiPlatform.Api.Tests.OpenAi;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using Npgsql;
using static AiPlatform.Api.Tests.Audio.AudioCalls;

namespace AiPlatform.Api.Tests.Audio;

public sealed class AudioTests(ApiFixture fixture, Stores stores) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void The_defaults_are_those_of_the_documentation()
    {
        var settings = new AudioSettings();
        Assert.Equal((500, 10_240, TimeSpan.FromHours(24)), (settings.MaxMegabytes, settings.QuotaMegabytes, settings.Ttl));
    }

    [Fact]
    public async Task A_form_is_kept_as_it_was_sent()
    {
        var audio = new byte[(2 * FileStore.PartBytes) + 17];
        new Random(1).NextBytes(audio);
        var answer = await _api.SendAsync(HttpMethod.Post, AudioCalls.Audio, Form(audio), ("X-Owner-Service", "telephony"));
        var kept = answer.Json;
        var id = kept.GetProperty("audio_ref").GetGuid();
        Assert.Equal(
            (201, $"/api/v1/audio/{id}", audio.Length, Convert.ToHexStringLower(SHA256.HashData(audio)), "call.wav", "telephony", TimeSpan.FromHours(24)),
            (answer.Status, answer.Headers.Location!.ToString(), kept.GetProperty("bytes").GetInt32(), kept.Text("sha256"), kept.Text("filename"),
                kept.Text("owner_service"), kept.GetProperty("expires_at").GetDateTimeOffset() - kept.GetProperty("created_at").GetDateTimeOffset()));
        Assert.Equal(audio, await _api.StoredAsync(id));
        var known = (await _api.GetAsync($"{AudioCalls.Audio}/{id}")).Json;
        Assert.Equal(
            ["audio_ref", "bytes", "filename", "owner_service", "created_at", "expires_at"], known.EnumerateObject().Select(field => field.Name));
    }

    [Theory]
    [InlineData("audio/wav", "attachment; filename=\"a b.wav\"", "a b.wav")]
    [InlineData("audio/x-wav; rate=8000", null, "upload")]
    [InlineData("application/octet-stream", "attachment; filename*=UTF-8''%D0%B7.wav", "з.wav")]
    public async Task A_body_is_kept_as_it_was_sent(string type, string? disposition, string name)
    {
        using var body = Body([1, 2, 3], type);
        if (disposition is not null)
            body.Headers.ContentDisposition = ContentDispositionHeaderValue.Parse(disposition);
        var answer = await _api.SendAsync(HttpMethod.Post, AudioCalls.Audio, body);
        Assert.Equal((201, name), (answer.Status, answer.Status == 201 ? answer.Json.Text("filename") : answer.Text));
        Assert.Equal([1, 2, 3], (await _api.StoredAsync(answer.Json.GetProperty("audio_ref").GetGuid()))!);
    }

    [Fact]
    public async Task What_is_wrong_with_an_upload_is_told()
    {
        (await _api.SendAsync(HttpMethod.Post, AudioCalls.Audio, Form(null, ("colour", "red"))))
            .IsInvalid("""{"file":["is required."],"colour":["is not known; allowed: file."]}""");
        (await _api.SendAsync(HttpMethod.Post, AudioCalls.Audio, Form([]))).IsInvalid("""{"file":["must not be empty."]}""");
        (await _api.SendAsync(HttpMethod.Post, AudioCalls.Audio, Body([], "audio/wav"))).IsInvalid("""{"file":["must not be empty."]}""");
        (await _api.SendAsync(HttpMethod.Post, AudioCalls.Audio, Form([1], ("colour", "red")))).IsInvalid("""{"colour":["is not known; allowed: file."]}""");
        (await _api.PostAsync(AudioCalls.Audio, "{}")).IsProblem(415, "unsupported_media_type",
            "The Content-Type is not one of multipart/form-data, audio/*, video/*, application/ogg, application/octet-stream.");
        using var broken = Body(Encoding.ASCII.GetBytes("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nabc"), "multipart/form-data; boundary=b");
        (await _api.SendAsync(HttpMethod.Post, AudioCalls.Audio, broken)).IsProblem(
            400, "bad_request", "The form cannot be read: it breaks off, or its parts are not divided as its Content-Type says.");
        Assert.Equal(0L, await _api.ScalarAsync<long>("select count(*) from stored_file where filename = 'f'"));
    }

    [Theory]
    [InlineData("attachment; filename*=utf-7''a")]
    [InlineData("attachment; filename=\"=?utf-7?B?QUFB?=\"")]
    public async Task A_name_in_an_encoding_that_is_not_read_is_told(string disposition)
    {
        const string Fault = """{"file":["has a name that is in an encoding that is not read, such as UTF-7; UTF-8 is."]}""";
        using var body = Body([1], "audio/wav");
        body.Headers.TryAddWithoutValidation("Content-Disposition", disposition);
        (await _api.SendAsync(HttpMethod.Post, AudioCalls.Audio, body)).IsInvalid(Fault);
        (await SendAsync(disposition.Replace("attachment", "form-data; name=file", StringComparison.Ordinal))).IsInvalid(Fault);
        (await SendAsync("form-data; name=\"=?utf-7?B?QUFB?=\"")).IsInvalid(
            """{"$":["has a field whose name is in an encoding that is not read, such as UTF-7; UTF-8 is."],"file":["is required."]}""");

        async Task<Answer> SendAsync(string field)
        {
            using var form = Body(Encoding.ASCII.GetBytes($"--b\r\nContent-Disposition: {field}\r\n\r\nabc\r\n--b--\r\n"), "multipart/form-data; boundary=b");
            return await _api.SendAsync(HttpMethod.Post, AudioCalls.Audio, form);
        }
    }

    [Fact]
    public async Task Audio_over_the_limit_is_refused_with_413_and_nothing_of_it_stays()
    {
        await using var api = await RunningApi.StartAsync(stores, "AUDIO_UPLOAD_MAX_MB=1");
        await api.KeepAudioAsync(new byte[1024 * 1024]);
        (await api.SendAsync(HttpMethod.Post, AudioCalls.Audio, Form(new byte[(1024 * 1024) + 1])))
            .IsProblem(413, "too_large", "Audio may have at most 1 MiB (AUDIO_UPLOAD_MAX_MB).");
        (await api.SendAsync(HttpMethod.Post, AudioCalls.Audio, Body(new byte[(1024 * 1024) + 1], "audio/wav")))
            .IsProblem(413, "too_large", "Audio may have at most 1 MiB (AUDIO_UPLOAD_MAX_MB).");
        Assert.Equal((1L, 1L), (await api.ScalarAsync<long>("select count(*) from stored_file"), await api.ScalarAsync<long>("select count(distinct file_id) from file_part")));
    }

    [Fact]
    public async Task An_owner_keeps_no_more_than_the_quota_however_many_uploads_come_at_once()
    {
        await using var api = await RunningApi.StartAsync(stores, "AUDIO_UPLOAD_MAX_MB=1", "AUDIO_UPLOAD_QUOTA_MB=2");
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ =>
            api.SendAsync(HttpMethod.Post, AudioCalls.Audio, Form(new byte[700_000]), ("X-Owner-Service", "full"))));
        Assert.Equal([201, 201, 429, 429, 429], answers.Select(answer => answer.Status).Order());
        var refused = await api.SendAsync(HttpMethod.Post, AudioCalls.Audio, Form(new byte[700_000]), ("X-Owner-Service", "full"));
        refused.IsProblem(429, "over_quota",
            "The owner 'full' keeps 1 MiB of audio, and this would make it more than 2 MiB (AUDIO_UPLOAD_QUOTA_MB). Remove some, or wait until some has expired.");
        Assert.InRange(int.Parse(Assert.Single(refused.Headers.GetValues("Retry-After")), CultureInfo.InvariantCulture), 22 * 3600, 24 * 3600);
        Assert.Equal(2L, await api.ScalarAsync<long>("select count(*) from stored_file"));
        // Refused by its announced length, before anything of it has come.
        var announced = api.Get<AudioFiles>().Begin(JobScope.All, Guid.CreateVersion7(), "full", announced: 900_000);
        await announced.MakeRoomAsync(Ct);
        Assert.NotNull(announced.Refusal);

        await api.KeepAudioAsync(new byte[700_000], "another");
        var first = answers.First(answer => answer.Status == 201).Json.GetProperty("audio_ref").GetGuid();
        Assert.Equal(204, (await api.SendAsync(HttpMethod.Delete, $"{AudioCalls.Audio}/{first}")).Status);
        await api.KeepAudioAsync(new byte[700_000], "full");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_upload_that_is_under_way_counts_in_the_quota(bool isAnnounced)
    {
        await using var api = await RunningApi.StartAsync(stores, "AUDIO_UPLOAD_MAX_MB=2", "AUDIO_UPLOAD_QUOTA_MB=2");
        using var body = new HaltingContent(1_100_000, halt: 1_050_000, isAnnounced);
        var sending = api.SendAsync(HttpMethod.Post, AudioCalls.Audio, body, ("X-Owner-Service", "slow"));
        await Eventually.That(async () => Assert.NotEqual(0L, await api.ScalarAsync<long>("select coalesce(sum(bytes), 0)::bigint from stored_file where reserved_until > now()")), Ct);
        var second = new byte[(2 * 1024 * 1024) - 500_000];
        Assert.Equal(429, (await api.SendAsync(HttpMethod.Post, AudioCalls.Audio, Body(second, "audio/wav"), ("X-Owner-Service", "slow"))).Status);
        await api.KeepAudioAsync(second, "another");
        body.GoOn();
        Assert.Equal(201, (await sending).Status);
        Assert.Equal(1L, await api.ScalarAsync<long>("select count(*) from stored_file where owner_service = 'slow'"));
    }

    [Theory]
    [InlineData("delete from stored_file")]
    [InlineData("update stored_file set expires_at = now() - interval '1 s'")]
    public async Task An_upload_that_went_away_or_lapsed_while_it_came_is_refused_and_nothing_of_it_stays(string loss)
    {
        await using var api = await RunningApi.StartAsync(stores, "AUDIO_UPLOAD_MAX_MB=3", "AUDIO_UPLOAD_QUOTA_MB=3");
        using var body = new HaltingContent(3_000_000, halt: 1_100_000, isAnnounced: true);
        var sending = api.SendAsync(HttpMethod.Post, AudioCalls.Audio, body, ("X-Owner-Service", "slow"));
        await Eventually.That(async () => Assert.Equal(1L, await api.ScalarAsync<long>("select count(*) from file_part")), Ct);
        await using (var lose = api.Get<NpgsqlDataSource>().CreateCommand(loss))
            await lose.ExecuteNonQueryAsync(Ct);
        if (loss.StartsWith("update", StringComparison.Ordinal))
        {
            // Its bytes are there until they are removed.
            Assert.Equal(429, (await api.SendAsync(HttpMethod.Post, AudioCalls.Audio, Body(new byte[2_000_000], "audio/wav"), ("X-Owner-Service", "slow"))).Status);
        }
        body.GoOn();
        (await sending).IsProblem(408, "request_timeout", "Nothing of the upload came for so long that what had come of it was removed. Send it again.");
        Assert.Equal(0L, await api.ScalarAsync<long>("select (select count(*) from file_part) + (select count(*) from stored_file)"));
    }

    [Fact]
    public async Task A_quota_below_the_largest_file_stops_the_start()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => RunningApi.StartAsync(stores, "AUDIO_UPLOAD_MAX_MB=50", "AUDIO_UPLOAD_QUOTA_MB=49"));
        Assert.Contains("the quota must hold at least one file of AUDIO_UPLOAD_MAX_MB.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_whose_caller_leaves_is_never_seen()
    {
        await using var api = await RunningApi.StartAsync(stores);
        using var left = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        using var body = new StreamContent(new EndlessStream());
        body.Headers.ContentType = new MediaTypeHeaderValue("audio/wav");
        using var request = new HttpRequestMessage(HttpMethod.Post, AudioCalls.Audio) { Content = body };
        var sending = api.Http.SendAsync(request, left.Token);
        await Eventually.That(async () => Assert.NotEqual(0L, await api.ScalarAsync<long>("select count(*) from file_part")), Ct);
        Assert.Equal(0L, await api.ScalarAsync<long>("select count(*) from stored_file where is_whole"));
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await Eventually.That(async () => Assert.Equal(0L, await api.ScalarAsync<long>("select (select count(*) from file_part) + (select count(*) from stored_file)")), Ct);
    }

    [Fact]
    public async Task Removed_and_expired_audio_is_gone()
    {
        var removed = await _api.KeepAudioAsync([1]);
        Assert.Equal(204, (await _api.SendAsync(HttpMethod.Delete, $"{AudioCalls.Audio}/{removed}")).Status);
        var expired = await _api.KeepAudioAsync([1]);
        await using (var expire = _api.Get<NpgsqlDataSource>().CreateCommand($"update stored_file set expires_at = now() - interval '1 hour' where id = '{expired}'"))
            await expire.ExecuteNonQueryAsync(Ct);
        var batch = (await _api.UploadAsync([1])).Text("id");
        foreach (var id in (Guid[])[removed, expired, Guid.CreateVersion7(), Guid.ParseExact(batch["file-".Length..], "N")])
        {
            (await _api.GetAsync($"{AudioCalls.Audio}/{id}")).IsProblem(404, "not_found", $"There is no audio {id}; it may have expired.");
            (await _api.SendAsync(HttpMethod.Delete, $"{AudioCalls.Audio}/{id}")).IsProblem(404, "not_found", $"There is no audio {id}; it may have expired.");
        }
        Assert.Equal(200, (await _api.GetAsync($"/v1/files/{batch}")).Status);
    }

    [Fact]
    public async Task A_list_of_files_shows_audio_only_to_who_asks_for_it()
    {
        var audio = await _api.KeepAudioAsync([1], "listed");
        var file = (await _api.UploadAsync([1], ("X-Owner-Service", "listed"))).Text("id");
        Assert.Equal([file], await IdsAsync(""));
        Assert.Equal([$"file-{audio:N}"], await IdsAsync("?purpose=audio"));

        async Task<IEnumerable<string>> IdsAsync(string query) =>
            (await _api.SendAsync(HttpMethod.Get, "/v1/files" + query, null, ("X-Owner-Service", "listed"))).Json
                .GetProperty("data").EnumerateArray().Select(shown => shown.Text("id"));
    }

    /// <summary>Bytes without an end.</summary>
    sealed class EndlessStream : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => count;

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
