using System.Text;
using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Providers;

namespace AiPlatform.TranscriptionWorker.Tests.Providers;

/// <summary>The call to a provider: what is sent, and what each way to fail means for the job.</summary>
public sealed class ServerCallTests
{
    const string Key = "sk-secret-0123456789";
    const string Hello = """{"text":"Hello."}""";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "/v1/audio/transcriptions")]
    [InlineData("v1", "/v1/audio/transcriptions")]
    [InlineData("v1/", "/v1/audio/transcriptions")]
    [InlineData("speech", "/speech/v1/audio/transcriptions")]
    [InlineData("v1/gateway", "/v1/gateway/audio/transcriptions")]
    [InlineData("v1/audio/transcriptions", "/v1/audio/transcriptions")]
    [InlineData("audio/transcriptions/", "/v1/audio/transcriptions")]
    public async Task The_route_is_found_with_and_without_its_version(string path, string expected)
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, Hello);

        Assert.Equal("Hello.", (await Call.ToAsync(new Uri(server.Address, path))).Answer().Text);
        Assert.Equal(expected, Assert.Single(server.Requests).Path);
    }

    [Fact]
    public async Task Voxtral_is_sent_the_form_it_knows()
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, Hello);
        var options = Call.Voxtral(server.Address);
        options.VoxtralApiKey = Key;

        await Call.WithAsync(options, Call.Clip(language: "en", temperature: 0.2));

        var (_, headers, body) = Assert.Single(server.Requests);
        Assert.Equal(("Bearer " + Key, "job-1"), (headers.Authorization.ToString(), headers["X-Request-Id"].ToString()));
        Assert.Equal(headers.ContentLength, body.Length);
        var boundary = headers.ContentType.ToString().Split('"')[1];
        Assert.Equal(
            [
                "name=\"model\"\r\n\r\nmistralai/Voxtral-Small-24B-2507",
                "name=\"language\"\r\n\r\nen",
                "name=\"temperature\"\r\n\r\n0.2",
                "name=\"response_format\"\r\n\r\njson",
                "name=\"stream\"\r\n\r\ntrue",
                "name=\"stream_include_usage\"\r\n\r\ntrue",
                "name=\"max_completion_tokens\"\r\n\r\n101",
            ],
            Parts(body, boundary)[..^1]);
        var file = Parts(body, boundary)[^1];
        Assert.EndsWith(Encoding.Latin1.GetString(Wav.Call), file, StringComparison.Ordinal);
        Assert.Contains("name=\"file\"; filename=\"job-1.wav\"", body, StringComparison.Ordinal);
        Assert.Contains("Content-Type: audio/wav", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("VOXTRAL", "AUDIO", "LLM", "VOXTRAL")]
    [InlineData(null, "AUDIO", "LLM", "AUDIO")]
    [InlineData(null, null, "LLM", "LLM")]
    [InlineData(null, null, null, null)]
    public async Task The_key_is_the_first_that_is_set(string? voxtral, string? audio, string? llm, string? sent)
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, Hello);

        await Call.WithAsync(new() { VoxtralBaseUrl = server.Address, VoxtralApiKey = voxtral, AudioLlmApiKey = audio, LlmApiKey = llm });

        Assert.Equal(sent is null ? "" : $"Bearer {sent}", Assert.Single(server.Requests).Headers.Authorization.ToString());
    }

    [Fact]
    public async Task WhisperX_is_asked_for_times_and_not_given_Voxtrals_key()
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, Hello);

        await Call.WithAsync(new() { WhisperXUrl = server.Address, WhisperXModel = "large-v3", LlmApiKey = Key, VoxtralApiKey = Key }, Call.Clip(prompt: "Zürich"));

        Assert.Equal("/openapi.json", server.Requests[0].Path);
        var (_, headers, body) = Assert.Single(server.Requests.Skip(1));
        Assert.Equal("", headers.Authorization.ToString());
        Assert.Equal(
            ["name=\"model\"\r\n\r\nlarge-v3", "name=\"prompt\"\r\n\r\n" + Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("Zürich")),
                "name=\"response_format\"\r\n\r\nverbose_json", "name=\"timestamp_granularities[]\"\r\n\r\nsegment"],
            Parts(body, headers.ContentType.ToString().Split('"')[1])[..^1]);
    }

    [Fact]
    public async Task A_server_that_gives_no_times_is_asked_again_without()
    {
        var requests = 0;
        await using var server = await ScriptedServer.StartAsync(context =>
        {
            var (status, body) = Interlocked.Increment(ref requests) == 1
                ? (400, """{"error":{"message":"Currently do not support verbose_json for x"}}""")
                : (200, Hello);
            return ScriptedServer.AnswerAsync(context, status, Encoding.UTF8.GetBytes(body), "application/json");
        });

        Assert.Equal("Hello.", (await Call.WithAsync(new() { WhisperXUrl = server.Address, WhisperXKind = WhisperXKind.OpenAi })).Answer().Text);
        Assert.Equal(
            ["verbose_json", "json"],
            server.Requests.Select(request => request.Body.Split("name=\"response_format\"\r\n\r\n")[1].Split('\r')[0]));
    }

    [Theory]
    [InlineData(400, "input_rejected", "refused the request (HTTP 400): too long")]
    [InlineData(404, "provider_rejected", "refused the request (HTTP 404): too long")]
    [InlineData(413, "input_rejected", "refused the request (HTTP 413): too long")]
    [InlineData(415, "input_rejected", "refused the request (HTTP 415): too long")]
    [InlineData(422, "input_rejected", "refused the request (HTTP 422): too long")]
    [InlineData(408, "provider_timeout", "gave up waiting (HTTP 408): too long")]
    [InlineData(429, "provider_error", "takes no more requests now (HTTP 429): too long")]
    [InlineData(500, "provider_error", "failed (HTTP 500): too long")]
    [InlineData(503, "provider_error", "failed (HTTP 503): too long")]
    public async Task A_status_becomes_a_category_with_the_words_of_the_server(int status, string category, string message)
    {
        await using var server = await ScriptedServer.AnsweringAsync(
            status, """{"error":{"message":"too long","type":"BadRequestError","param":null,"code":400}}""");

        var failure = (await Call.ToAsync(server.Address)).Failure();
        Assert.Equal(
            (new JobError(category, $"voxtral at {server.Address.ToString().TrimEnd('/')} {message}"), $"{status}", "too long"), (failure.Error, failure.Type, failure.Said));
    }

    [Theory]
    [InlineData(401, null, "VOXTRAL_API_KEY is not set.")]
    [InlineData(403, Key, "check LLM_API_KEY.")]
    public async Task A_refused_key_names_the_setting(int status, string? key, string advice)
    {
        await using var server = await ScriptedServer.AnsweringAsync(status, """{"error":"Unauthorized"}""");

        var failure = (await Call.WithAsync(new() { VoxtralBaseUrl = server.Address, LlmApiKey = key })).Failure();

        Assert.Equal(ErrorCategories.ProviderRejected, failure.Category);
        Assert.EndsWith($"refused the key (HTTP {status}): {advice}", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"object":"error","message":"too long","code":400}""", ": too long")]
    [InlineData("""{"error":"too long"}""", ": too long")]
    [InlineData("""{"detail":[{"loc":["body","file"],"msg":"Field required","type":"missing"}]}""", ": Field required")]
    [InlineData("upstream\n  connect error", ": upstream connect error")]
    [InlineData("""{"error":"\ud800"}""", ".")]
    [InlineData("<html><body>Bad Gateway</body></html>", ".")]
    [InlineData("", ".")]
    public async Task Every_known_shape_of_an_error_is_read(string body, string end)
    {
        await using var server = await ScriptedServer.AnsweringAsync(500, body);

        Assert.Equal(
            $"voxtral at {server.Address.ToString().TrimEnd('/')} failed (HTTP 500){end}", (await Call.ToAsync(server.Address)).Failure().Message);
    }

    [Theory]
    [InlineData("""{"error":{"message":"Error opening the file","code":400}}""", "input_rejected", "refused the request: Error opening the file")]
    [InlineData("""{"error":{"message":"Engine dead","code":500}}""", "provider_error", "answered with an error: Engine dead")]
    [InlineData("""{"error":{"message":"Busy","code":"overloaded"}}""", "provider_error", "answered with an error: Busy")]
    public async Task An_error_under_a_good_status_is_an_error(string body, string category, string message)
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, body);

        var failure = (await Call.ToAsync(server.Address)).Failure();
        Assert.Equal(
            (new JobError(category, $"voxtral at {server.Address.ToString().TrimEnd('/')} {message}"), "error_in_answer", message[(message.IndexOf(": ", StringComparison.Ordinal) + 2)..]),
            (failure.Error, failure.Type, failure.Said));
    }

    [Theory]
    [InlineData("<html>Welcome</html>")]
    [InlineData("""{"text":"half""")]
    [InlineData("Hello.")]
    public async Task What_is_no_transcription_is_an_error_of_the_provider(string body)
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, body);

        var failure = (await Call.ToAsync(server.Address)).Failure();

        Assert.Equal((ErrorCategories.ProviderError, "malformed"), (failure.Category, failure.Type));
    }

    [Theory]
    [InlineData(429, "2", 2.0)]
    [InlineData(503, "86400", 600.0)]
    [InlineData(429, "Fri, 01 Jan 1999 00:00:00 GMT", 0.0)]
    [InlineData(500, "2", null)]
    public async Task A_busy_server_says_when_to_come_back(int status, string retryAfter, double? pauseSeconds)
    {
        await using var server = await ScriptedServer.AnsweringAsync(status, "{}", headers: ("Retry-After", retryAfter));

        Assert.Equal(pauseSeconds, (await Call.ToAsync(server.Address)).Failure().Pause?.TotalSeconds);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var server = await ScriptedServer.AnsweringAsync(307, "", headers: ("Location", "/v1/elsewhere"));

        var failure = (await Call.ToAsync(server.Address)).Failure();

        Assert.EndsWith(
            "answered with a redirect (HTTP 307): VOXTRAL_BASE_URL must name the server itself.", failure.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Our_key_is_never_repeated()
    {
        await using var server = await ScriptedServer.AnsweringAsync(400, $$$"""{"error":{"message":"bad key {{{Key}}}"}}""");

        var failure = (await Call.WithAsync(new() { VoxtralBaseUrl = server.Address, VoxtralApiKey = Key })).Failure();

        Assert.EndsWith("refused the request (HTTP 400): bad key ***", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_in_time_is_left()
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.SilenceAsync);

        var failure = (await Call.WithAsync(new() { VoxtralBaseUrl = server.Address, Timeout = TimeSpan.FromSeconds(3) })).Failure();

        Assert.Equal(ErrorCategories.ProviderTimeout, failure.Category);
        Assert.EndsWith("did not answer within 3 s (TRANSCRIPTION_TIMEOUT).", failure.Message, StringComparison.Ordinal);
        await server.ClientLeft;
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told()
    {
        var gone = await ScriptedServer.AnsweringAsync(200, Hello);
        var address = gone.Address;
        await gone.DisposeAsync();

        var failure = (await Call.ToAsync(address)).Failure();

        Assert.Equal((ErrorCategories.ProviderError, "connect"), (failure.Category, failure.Type));
        Assert.EndsWith(
            "cannot be reached: nothing listens there; is it running, and is VOXTRAL_BASE_URL right?", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_breaks_off_is_told()
    {
        await using var server = await ScriptedServer.StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });

        var failure = (await Call.ToAsync(server.Address)).Failure();

        Assert.Equal((ErrorCategories.ProviderError, "stream_cut"), (failure.Category, failure.Type));
    }

    [Fact]
    public async Task A_cancelled_call_closes_its_connection_at_once()
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.SilenceAsync);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Ct);

        var calling = Call.ToAsync(server.Address, ct: cancel.Token);
        await Testing.Eventually.That(() => Assert.True(server.Asked("/v1/audio/transcriptions")), Ct);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calling);
        await server.ClientLeft;
    }

    static string[] Parts(string body, string boundary) =>
    [
        .. body.Split("--" + boundary, StringSplitOptions.RemoveEmptyEntries)
            .Where(part => part.StartsWith("\r\nContent", StringComparison.Ordinal))
            .Select(part => part[..^2].Replace("\r\nContent-Disposition: form-data; ", "", StringComparison.Ordinal)),
    ];
}
