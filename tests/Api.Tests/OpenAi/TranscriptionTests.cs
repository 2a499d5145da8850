using System.ClientModel;
using System.Text.Json;
using AiPlatform.Api.Tests.Audio;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using OpenAI.Audio;
using static AiPlatform.Api.Tests.Audio.AudioCalls;
using static AiPlatform.Api.Tests.OpenAi.OpenAiCalls;

namespace AiPlatform.Api.Tests.OpenAi;

/// <summary>Transcriptions as OpenAI's own client for .NET sees them, and what stands on the wire. Each test has a model profile of its own.</summary>
public sealed class TranscriptionTests(ApiFixture fixture, Stores stores) : IClassFixture<ApiFixture>
{
    const string Transcriptions = "/v1/audio/transcriptions";
    const string InvalidRequest = "invalid_request_error";

    static readonly byte[] Bytes = [.. Enumerable.Range(0, 5000).Select(place => (byte)place)];

    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenAIs_client_has_its_transcription()
    {
        using var audio = new MemoryStream(Bytes);
        var asked = Client("sdk").TranscribeAudioAsync(
            audio, "call.wav", new AudioTranscriptionOptions { ResponseFormat = AudioTranscriptionFormat.Verbose, Language = "en-US", Prompt = "Meier", Temperature = 0.2f }, Ct);
        var job = await _api.TakeTranscriptionAsync("sdk");
        var input = TranscriptionInputs.Read(job.Input, out _)!;
        Assert.Equal(("openai", JobPriority.Normal, "en", "Meier", false), (job.OwnerService, job.Priority, input.Language, input.Prompt, input.Diarize));
        Assert.Equal(0.2, input.Temperature!.Value, tolerance: 0.001);
        Assert.Equal(job.Id.ToString(), input.AudioRef);
        Assert.Equal(Bytes, await _api.StoredAsync(job.Id));
        await _api.FinishAsync(job);

        var answer = (await asked).Value;
        Assert.Equal(("Hello. How are you?", "en", TimeSpan.FromSeconds(3.5)), (answer.Text, answer.Language, answer.Duration));
        Assert.Equal(
            [(0, 0.0, 1.5, "Hello."), (1, 1.5, 3.25, "How are you?")],
            answer.Segments.Select(segment => (segment.Id, segment.StartTime.TotalSeconds, segment.EndTime.TotalSeconds, segment.Text)));
    }

    [Theory]
    [InlineData("", "application/json", """{"text":"Hello. How are you?","usage":{"seconds":4,"provider_seconds":3,"chunks":1,"retries":0,"type":"duration"}}""")]
    [InlineData("json", "application/json", """{"text":"Hello. How are you?","usage":{"seconds":4,"provider_seconds":3,"chunks":1,"retries":0,"type":"duration"}}""")]
    [InlineData("text", "text/plain", "Hello. How are you?")]
    [InlineData("srt", "application/x-subrip", "1\n00:00:00,000 --> 00:00:01,500\nHello.\n\n2\n00:00:01,500 --> 00:00:03,250\nHow are you?\n\n")]
    [InlineData("vtt", "text/vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello.\n\n00:00:01.500 --> 00:00:03.250\nHow are you?\n\n")]
    public async Task The_answer_has_the_form_that_was_asked_for(string format, string mediaType, string text)
    {
        var profile = $"form-{format}";
        var asked = PostAsync(Form(Bytes, ("model", profile), ("response_format", format), ("language", ""), ("timestamp_granularities[]", "segment")),
            ("X-Priority", "high"), ("X-Owner-Service", "portal"));
        var job = await _api.TakeTranscriptionAsync(profile);
        Assert.Equal(("portal", JobPriority.High), (job.OwnerService, job.Priority));
        Assert.Equal($$"""{"audio_ref":"{{job.Id}}","diarize":false}""", job.Input!.Value.GetRawText());
        await _api.FinishAsync(job);
        var answer = await asked;
        Assert.Equal((200, mediaType, text), (answer.Status, answer.MediaType, answer.Text));
        Assert.Equal(job.Id.ToString(), Assert.Single(answer.Headers.GetValues("X-Job-Id")));
    }

    [Fact]
    public async Task What_is_beyond_OpenAIs_fields_goes_to_the_job()
    {
        var asked = PostAsync(Form(
            Bytes, ("model", "more"), ("diarize", "true"), ("num_speakers", "2"), ("chunk_seconds", "20"), ("provider", "whisperx"), ("strict", "true"), ("include_gaps", "false")));
        var job = await _api.TakeTranscriptionAsync("more");
        Assert.Equal(
            $$"""{"audio_ref":"{{job.Id}}","diarize":true,"num_speakers":2,"chunk_seconds":20,"provider":"whisperx","strict":true,"include_gaps":false}""",
            job.Input!.Value.GetRawText());
        await _api.FinishAsync(job);
        Assert.Equal(200, (await asked).Status);
    }

    [Fact]
    public async Task A_field_that_is_not_valid_is_named()
    {
        await IsRefusedAsync(Form(null, ("model", "m")), "file", "file is required.");
        await IsRefusedAsync(Form([], ("model", "m")), "file", "file must not be empty.");
        await IsRefusedAsync(Form(Bytes), "model", "model is required.");
        await IsRefusedAsync(Form(Bytes, ("model", "m"), ("colour", "red")), "colour",
            "colour is not known; allowed: file, model, response_format, stream, timestamp_granularities[], timestamp_granularities, chunking_strategy, "
            + "language, prompt, temperature, diarize, num_speakers, chunk_seconds, provider, strict, include_gaps.");
        await IsRefusedAsync(Form(Bytes, ("model", "m"), ("response_format", "docx")), "response_format",
            "response_format 'docx' is not allowed; allowed: json, text, srt, verbose_json, vtt.");
        await IsRefusedAsync(Form(Bytes, ("model", "m"), ("stream", "true"), ("response_format", "srt")), "response_format",
            "response_format 'srt' cannot be streamed; allowed: json.");
        await IsRefusedAsync(Form(Bytes, ("model", "m"), ("timestamp_granularities[]", "segment"), ("timestamp_granularities[]", "word")), "timestamp_granularities[]",
            "timestamp_granularities[] 'word' is not allowed; allowed: segment.");
        await IsRefusedAsync(Form(Bytes, ("model", "m"), ("temperature", "hot")), "temperature", "temperature must be a number from 0 to 1.");
        await IsRefusedAsync(Form(Bytes, ("model", "m"), ("language", "english")), "language", "language must be a code such as 'en' or 'en-US', not 'english'.");
        (await _api.PostAsync(Transcriptions, "{}")).IsOpenAiError(
            415, InvalidRequest, "unsupported_media_type", null, "The Content-Type must be multipart/form-data, with its boundary.");
    }

    [Fact]
    public async Task Audio_over_the_limit_is_refused_with_413()
    {
        await using var api = await RunningApi.StartAsync(stores, "AUDIO_UPLOAD_MAX_MB=1");
        (await api.SendAsync(HttpMethod.Post, Transcriptions, Form(new byte[1_100_000], ("model", "large")))).IsOpenAiError(
            413, InvalidRequest, "too_large", null, "Audio may have at most 1 MiB (AUDIO_UPLOAD_MAX_MB).");
        Assert.Equal(0L, await api.ScalarAsync<long>("select (select count(*) from stored_file) + (select count(*) from file_part)"));
    }

    [Fact]
    public async Task A_stream_says_each_piece_and_then_all_of_it()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Transcriptions) { Content = Form(Bytes, ("model", "stream"), ("stream", "true")) };
        var opening = _api.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        var job = await _api.TakeTranscriptionAsync("stream");
        await ModelWorker.SayAsync(_api, job, "Hello.", at: 0);
        using var response = await opening;
        Assert.Equal(("text/event-stream", job.Id.ToString()), (response.Content.Headers.ContentType!.MediaType, Assert.Single(response.Headers.GetValues("X-Job-Id"))));
        await _api.FinishAsync(job);
        var (text, isWhole) = await ReadAsync(response);
        Assert.True(isWhole);
        Assert.Equal(
            """data: {"type":"transcript.text.delta","delta":"Hello."}""" + "\n\n"
            + """data: {"type":"transcript.text.delta","delta":" How are you?"}""" + "\n\n"
            + """data: {"type":"transcript.text.done","text":"Hello. How are you?","usage":{"seconds":4,"provider_seconds":3,"chunks":1,"retries":0,"type":"duration"}}""" + "\n\n",
            string.Concat(text.Split("\n\n").Where(part => part.StartsWith("data:", StringComparison.Ordinal)).Select(part => part + "\n\n")));
    }

    [Fact]
    public async Task A_stream_of_a_transcript_that_was_merged_anew_ends_with_the_whole_text()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Transcriptions) { Content = Form(Bytes, ("model", "merged"), ("stream", "true")) };
        var opening = _api.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        var job = await _api.TakeTranscriptionAsync("merged");
        await ModelWorker.SayAsync(_api, job, "How are you?", at: 0);
        using var response = await opening;
        await _api.FinishAsync(job);
        var (text, isWhole) = await ReadAsync(response);
        Assert.True(isWhole);
        Assert.Equal(
            ["How are you?", "Hello. How are you?"],
            text.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => JsonElement.Parse(line[6..]))
                .Select(said => said.TryGetProperty("delta", out var delta) ? delta.GetString() : said.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task What_cannot_be_transcribed_has_the_status_of_its_reason()
    {
        using var audio = new MemoryStream(Bytes);
        var asked = Client("failed").TranscribeAudioAsync(audio, "call.wav", cancellationToken: Ct);
        var job = await _api.TakeTranscriptionAsync("failed");
        await _api.Queue.FailAsync(JobFence.Of(job), new JobError("audio_unreadable", "It is not audio."), new FailOptions(Retry: false), Ct);
        var failure = await Assert.ThrowsAsync<ClientResultException>(() => asked);
        Assert.Equal(422, failure.Status);
        Assert.Contains("It is not audio.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_and_a_retry_find_the_first_job_of_the_same_audio_and_leave_no_file_behind()
    {
        await using var api = await RunningApi.StartAsync(stores);
        Task<Answer> AskAsync(byte[] audio, params (string, string)[] headers) => api.SendAsync(HttpMethod.Post, Transcriptions, Form(audio, ("model", "again")), headers);
        var asked = AskAsync(Bytes, ("Idempotency-Key", "k"));
        var job = await api.TakeTranscriptionAsync("again");
        await api.FinishAsync(job);
        var first = await asked;
        var again = await AskAsync(Bytes, ("Idempotency-Key", "k"));
        Assert.Equal((200, first.Text, job.Id.ToString()), (again.Status, again.Text, Assert.Single(again.Headers.GetValues("X-Job-Id"))));
        (await AskAsync(Bytes[1..], ("Idempotency-Key", "k"))).IsOpenAiError(
            409, InvalidRequest, "idempotency_conflict", null, "The same owner used this idempotency key for another job. Nothing was created.");

        var unmarked = AskAsync(Bytes, ("x-stainless-retry-count", "0"));
        var second = await api.TakeTranscriptionAsync("again");
        await api.FinishAsync(second);
        Assert.Equal(200, (await unmarked).Status);
        var retried = await AskAsync(Bytes, ("x-stainless-retry-count", "1"));
        Assert.Equal((200, second.Id.ToString()), (retried.Status, Assert.Single(retried.Headers.GetValues("X-Job-Id"))));
        // The files of the two jobs themselves go with the next look of the maintenance.
        Assert.Equal(0L, await api.ScalarAsync<long>($"select count(*) from stored_file where id not in ('{job.Id}', '{second.Id}')"));
    }

    [Fact]
    public async Task The_job_of_a_caller_who_left_is_cancelled_after_the_grace()
    {
        await using var api = await RunningApi.StartAsync(stores, "CHAT_LEFT_GRACE=0s");
        using var left = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        using var request = new HttpRequestMessage(HttpMethod.Post, Transcriptions) { Content = Form(Bytes, ("model", "left")) };
        var asking = api.Http.SendAsync(request, left.Token);
        var job = await api.TakeTranscriptionAsync("left");
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await api.IsCancelledAsync(job.Id);
    }

    [Fact]
    public async Task A_caller_waits_no_longer_than_the_setting_says()
    {
        await using var api = await RunningApi.StartAsync(stores, "TRANSCRIPTION_WAIT=1s");
        var answer = await api.SendAsync(HttpMethod.Post, Transcriptions, Form(Bytes, ("model", "late")));
        Assert.Equal((504, "timeout"), (answer.Status, answer.Json.GetProperty("error").Text("code")));
    }

    [Fact]
    public async Task A_model_is_a_profile_or_the_name_of_a_providers_model()
    {
        await using var api = await RunningApi.StartAsync(stores);
        await api.Get<WorkerDirectory>().ReportAsync(
            new WorkerReport
            {
                WorkerId = "w1",
                Kind = "transcription",
                TaskTypes = ["transcription", "transcribe"],
                ModelProfiles = ["default", "whisperx"],
                Slots = 4,
                Running = [],
                Draining = false,
                Providers = [ChatTests.Provider(configured: true) with { Name = "voxtral", Model = "mistralai/Voxtral" }],
                ReportedAt = TimeProvider.System.GetUtcNow(),
            },
            Ct);
        Assert.Equal(["default", "whisperx"], (await api.GetAsync("/v1/models")).Json.GetProperty("data").EnumerateArray().Select(model => model.Text("id")));
        (await api.SendAsync(HttpMethod.Post, Transcriptions, Form(Bytes, ("model", "whisper-1")))).IsOpenAiError(
            404, InvalidRequest, "model_not_found", "model", "No worker serves the profile 'whisper-1'; served: default, whisperx.");
        Assert.Equal(0L, await api.ScalarAsync<long>("select count(*) from stored_file"));

        var asked = api.SendAsync(HttpMethod.Post, Transcriptions, Form(Bytes, ("model", "mistralai/Voxtral")));
        var job = await api.TakeTranscriptionAsync("default");
        Assert.Equal($$"""{"audio_ref":"{{job.Id}}","diarize":false,"provider":"voxtral"}""", job.Input!.Value.GetRawText());
        await api.FinishAsync(job);
        Assert.Equal(200, (await asked).Status);
    }

    AudioClient Client(string profile) => new(profile, new ApiKeyCredential("none"), Options(_api));

    Task<Answer> PostAsync(MultipartFormDataContent form, params (string Name, string Value)[] headers) => _api.SendAsync(HttpMethod.Post, Transcriptions, form, headers);

    async Task IsRefusedAsync(MultipartFormDataContent form, string field, string message)
    {
        using (form)
            (await PostAsync(form)).IsOpenAiError(422, InvalidRequest, "invalid", field, message);
    }
}
