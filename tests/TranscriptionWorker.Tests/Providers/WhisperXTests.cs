using System.Text;
using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Providers;

namespace AiPlatform.TranscriptionWorker.Tests.Providers;

/// <summary>WhisperX behind three kinds of servers, found out or named.</summary>
public sealed class WhisperXTests
{
    static readonly object Dialogue = new
    {
        segments = new object[] { new { start = 0.5, end = 1.5, text = "Hello.", speaker = "SPEAKER_01" }, new { start = 2, end = 3, text = "42 times." } },
        language = "de",
    };

    [Theory]
    [InlineData("/whisperx", WhisperXKind.Auto, "/whisperx/v1/audio/transcriptions", "de")]
    [InlineData("/whisperx/v1", WhisperXKind.OpenAi, "/whisperx/v1/audio/transcriptions", "de")]
    [InlineData("/whisperx/v1/audio/transcriptions", WhisperXKind.Auto, "/whisperx/v1/audio/transcriptions", "de")]
    [InlineData("/whisperxtasks", WhisperXKind.Auto, "/whisperxtasks/speech-to-text", null)]
    [InlineData("/whisperxtasks/speech-to-text", WhisperXKind.FastApi, "/whisperxtasks/speech-to-text", null)]
    [InlineData("/whisperasr", WhisperXKind.Auto, "/whisperasr/asr", "de")]
    [InlineData("/whisperasr/asr", WhisperXKind.Asr, "/whisperasr/asr", "de")]
    public async Task Each_kind_tells_times_and_the_speakers_it_knows(string path, WhisperXKind kind, string route, string? language)
    {
        await using var simulator = await Simulator.StartAsync();
        await simulator.PostAsync("/admin/transcripts", Dialogue);
        using var call = new Call(new() { WhisperXUrl = new Uri(simulator.Address, path), WhisperXKind = kind });

        var answer = (await call.AskAsync(Call.Clip(language: "de", prompt: "Ann", diarize: true, speakers: 2))).Answer();

        Assert.Equal(("Hello. 42 times.", language), (answer.Text, answer.Language));
        Assert.Equal([new(0.5, 1.5, "Hello.", "SPEAKER_01"), new(2, 3, "42 times.", null)], answer.Segments);
        var request = Assert.Single((await simulator.RequestsAsync()).GetProperty("requests").EnumerateArray());
        Assert.Equal(route, request.GetProperty("path").GetString());
        var form = request.GetProperty("form").GetRawText();
        Assert.All(
            ["\"language\":\"de\"", "prompt\":\"Ann\"", "\"diarize\":\"true\"", "\"min_speakers\":\"2\"", "\"max_speakers\":\"2\""],
            field => Assert.Contains(field, form, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/whisperx", "/whisperx/v1/audio/transcriptions")]
    [InlineData("/whisperxtasks", "/whisperxtasks/speech-to-text")]
    [InlineData("/whisperasr", "/whisperasr/asr")]
    public async Task Speakers_that_are_not_asked_for_are_not_told(string path, string route)
    {
        await using var simulator = await Simulator.StartAsync();
        await simulator.PostAsync("/admin/transcripts", Dialogue);

        var answer = (await Call.WithAsync(new() { WhisperXUrl = new Uri(simulator.Address, path) })).Answer();

        Assert.Equal([new(0.5, 1.5, "Hello.", null), new(2, 3, "42 times.", null)], answer.Segments);
        Assert.Equal(
            route, Assert.Single((await simulator.RequestsAsync()).GetProperty("requests").EnumerateArray()).GetProperty("path").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/openai")]
    public async Task Whisper_behind_OpenAIs_route_tells_times(string path)
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_AUDIO_MODELS=whisper-large-v3");
        await simulator.PostAsync("/admin/transcripts", Dialogue);

        var answer = (await Call.WithAsync(
            new() { WhisperXUrl = new Uri(simulator.Address, path + "/v1"), WhisperXModel = "whisper-large-v3" }, Call.Clip(diarize: true))).Answer();

        Assert.Equal([new(0.5, 1.5, "Hello.", null), new(2, 3, "42 times.", null)], answer.Segments);
        Assert.Equal("de", answer.Language);
        var form = Assert.Single((await simulator.RequestsAsync()).GetProperty("requests").EnumerateArray()).GetProperty("form").GetRawText();
        Assert.DoesNotContain("diarize", form, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kind_is_found_out_once_and_again_after_a_failure()
    {
        var (openapi, isTasks) = (0, false);
        await using var server = await ScriptedServer.StartAsync(context =>
        {
            var path = context.Request.Path.Value!;
            if (path == "/openapi.json")
            {
                Interlocked.Increment(ref openapi);
            }
            var (status, body) = path switch
            {
                "/openapi.json" => (200, isTasks ? """{"paths":{"/asr":{}}}""" : """{"paths":{"/v1/audio/transcriptions":{}}}"""),
                "/asr" when isTasks => (200, """{"text":"New."}"""),
                "/v1/audio/transcriptions" when !isTasks => (200, """{"text":"Old."}"""),
                _ => (404, """{"detail":"Not Found"}"""),
            };
            return ScriptedServer.AnswerAsync(context, status, Encoding.UTF8.GetBytes(body), "application/json");
        });
        using var call = new Call(new() { WhisperXUrl = server.Address });

        Assert.Equal("Old.", (await call.AskAsync()).Answer().Text);
        Assert.Equal("Old.", (await call.AskAsync()).Answer().Text);
        Assert.Equal(1, openapi);
        isTasks = true;
        Assert.Equal("404", (await call.AskAsync()).Failure().Type);
        Assert.Equal("New.", (await call.AskAsync()).Answer().Text);
        Assert.Equal(2, openapi);
    }

    [Theory]
    [InlineData("""{"paths":{"/asr":{},"/detect-language":{}}}""", "WhisperAsr")]
    [InlineData("""{"paths":{"/speech-to-text":{},"/task/{identifier}":{}}}""", "WhisperXTasks")]
    [InlineData("""{"paths":{"/api/v1/audio/transcriptions":{}},"components":{"x":{"diarize":{}}}}""", "WhisperX")]
    [InlineData("""{"paths":{"/v1/audio/transcriptions":{},"/asr":{}}}""", "OpenAi")]
    [InlineData("""{"paths":[]}""", "OpenAi")]
    [InlineData("[]", "OpenAi")]
    [InlineData("<html>", "OpenAi")]
    public void A_kind_shows_in_the_routes(string page, string kind) =>
        Assert.Equal(kind, DetectedProtocol.KindIn(Encoding.UTF8.GetBytes(page)).ToString());

    [Fact]
    public async Task Fields_for_speakers_that_a_server_refuses_are_left_out()
    {
        var requests = 0;
        await using var server = await ScriptedServer.StartAsync(context =>
        {
            var (status, body) = Interlocked.Increment(ref requests) == 1
                ? (422, """{"detail":[{"loc":["body","diarize"],"msg":"Extra inputs are not permitted: diarize"}]}""")
                : (200, """{"text":"Hello.","segments":[{"start":0,"end":1,"text":"Hello."}]}""");
            return ScriptedServer.AnswerAsync(context, status, Encoding.UTF8.GetBytes(body), "application/json");
        });

        var answer = (await Call.WithAsync(
            new() { WhisperXUrl = server.Address, WhisperXKind = WhisperXKind.OpenAi }, Call.Clip(diarize: true))).Answer();

        Assert.Single(answer.Segments);
        Assert.Equal([true, false], server.Requests.Select(request => request.Body.Contains("diarize", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_task_is_waited_for()
    {
        var asked = 0;
        await using var server = await TasksAsync(() => Interlocked.Increment(ref asked) switch
        {
            1 => """{"status":"queued","result":null}""",
            2 => """{"status":"processing","result":null}""",
            _ => """{"status":"completed","result":{"segments":[{"start":0,"end":1,"text":" Hello."}]},"error":null}""",
        });

        var answer = (await Call.WithAsync(Tasks(server.Address))).Answer();

        Assert.Equal(("Hello.", 3), (answer.Text, asked));
    }

    [Theory]
    [InlineData("""{"status":"failed","result":null,"error":"CUDA out of memory"}""", "error_in_answer", "answered with an error: CUDA out of memory")]
    [InlineData("""{"status":"failed"}""", "error_in_answer", "answered with an error: it does not say which.")]
    [InlineData("""{"status":"completed","result":null}""", "malformed", "sent something that is not a task.")]
    [InlineData("""{"status":"completed","result":{"segments":7}}""", "malformed", "sent something that is not a transcription.")]
    [InlineData("""{"status":"lost"}""", "malformed", "sent something that is not a task.")]
    [InlineData("[]", "malformed", "sent something that is not a task.")]
    [InlineData("<html>", "malformed", "sent something that is not a task.")]
    public async Task A_task_that_does_not_come_to_a_good_end_is_a_failure(string task, string type, string message)
    {
        await using var server = await TasksAsync(() => task);

        var failure = (await Call.WithAsync(Tasks(server.Address))).Failure();

        Assert.Equal((ErrorCategories.ProviderError, type), (failure.Category, failure.Type));
        Assert.EndsWith(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_that_nobody_can_name_is_a_failure()
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, """{"message":"Task queued"}""");

        Assert.Equal("malformed", (await Call.WithAsync(Tasks(server.Address))).Failure().Type);
    }

    static TranscriptionOptions Tasks(Uri server) => new() { WhisperXUrl = server, WhisperXKind = WhisperXKind.FastApi };

    static Task<ScriptedServer> TasksAsync(Func<string> task) => ScriptedServer.StartAsync(context => ScriptedServer.AnswerAsync(
        context,
        200,
        Encoding.UTF8.GetBytes(context.Request.Path == "/speech-to-text" ? """{"identifier":"7/a","message":"Task queued"}""" : task()),
        "application/json"));
}
