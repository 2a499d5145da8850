using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AiPlatform.ModelSimulator.Personalities;
using Microsoft.Extensions.Options;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>The servers that speak OpenAI's language with words of their own, each under its path in one process.</summary>
public sealed class PersonalityTests
{
    const string Hello = """{"model":"qwen2.5-14b","messages":[{"role":"user","content":"Hello there"}]}""";
    const string HelloAnswer = "This is a simulated answer from ModelSimulator. You said: Hello there";
    const string Tools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"look\",\"parameters\":{\"type\":\"object\",\"properties\":{\"at\":{\"type\":\"string\"}},\"required\":[\"at\"]}}}]";

    [Theory]
    [InlineData("vllm", "{\"error\":{\"message\":\"No\",\"type\":\"Too Many Requests\",\"param\":null,\"code\":429}}")]
    [InlineData("ollama", "{\"error\":{\"message\":\"No\",\"type\":\"api_error\",\"param\":null,\"code\":null}}")]
    [InlineData("lmstudio", "{\"error\":\"No\"}")]
    [InlineData("openai", "{\"error\":{\"message\":\"No\",\"type\":\"requests\",\"param\":null,\"code\":\"rate_limit_exceeded\"}}")]
    public async Task Each_has_its_own_shape_of_errors(string name, string error)
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(server, $"/{name}/v1/chat/completions", Hello, "status;code=429;message=No;error_code=rate_limit_exceeded");
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal(error, await response.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal($"/{name}/v1/chat/completions", Assert.Single(await server.RequestsAsync()).GetProperty("path").GetString());
    }

    [Theory]
    [InlineData("vllm", "event-less", true)]
    [InlineData("ollama", "event-less", false)]
    [InlineData("lmstudio", "event: error", false)]
    [InlineData("openai", "event-less", false)]
    public async Task Each_has_its_own_error_in_a_stream(string name, string line, bool done)
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(server, $"/{name}/v1/chat/completions", Streamed(Hello), "error;after=2;message=No");
        var body = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal(line == "event: error", body.Contains(line + "\ndata: {\"error\"", StringComparison.Ordinal));
        Assert.Contains("data: {\"error\":", body, StringComparison.Ordinal);
        Assert.Equal(done, body.Contains("[DONE]", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("vllm", HttpStatusCode.NotFound, "The model `other` does not exist.")]
    [InlineData("ollama", HttpStatusCode.NotFound, "model 'other' not found")]
    [InlineData("openai", HttpStatusCode.NotFound, "The model `other` does not exist or you do not have access to it.")]
    [InlineData("lmstudio", HttpStatusCode.OK, "\"model\":\"qwen2.5-14b\"")]
    public async Task An_unknown_model_is_refused_but_by_LM_Studio(string name, HttpStatusCode status, string said)
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(server, $"/{name}/v1/chat/completions", Hello.Replace("qwen2.5-14b", "other", StringComparison.Ordinal));
        Assert.Equal(status, response.StatusCode);
        Assert.Contains(said, await response.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vllm", HttpStatusCode.BadRequest, "maximum context length is 64 tokens")]
    [InlineData("openai", HttpStatusCode.BadRequest, "context_length_exceeded")]
    [InlineData("lmstudio", HttpStatusCode.BadRequest, "greater than the context length")]
    [InlineData("ollama", HttpStatusCode.OK, "\"prompt_tokens\":64,")]
    public async Task Too_long_a_prompt_is_refused_but_by_Ollama_which_cuts_it(string name, HttpStatusCode status, string said)
    {
        await using var server = await StartAsync("SIMULATOR_MAX_MODEL_LEN=64", "SIMULATOR_KV_BLOCKS=4", "SIMULATOR_INTER_TOKEN_MS=1");
        var body = Hello.Replace("Hello there", "lost " + new string('x', 500) + " the end", StringComparison.Ordinal);
        using var response = await PostAsync(server, $"/{name}/v1/chat/completions", body);
        var answer = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal((status, true, false), (response.StatusCode, answer.Contains(said, StringComparison.Ordinal), answer.Contains("lost", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task LM_Studio_refuses_json_object_and_a_named_tool_and_answers_any_path()
    {
        await using var server = await StartAsync();
        await AssertErrorAsync("/v1/chat/completions", "{\"response_format\":{\"type\":\"json_object\"}," + Hello[1..], HttpStatusCode.BadRequest, "'response_format.type' must be 'json_schema' or 'text'");
        await AssertErrorAsync(
            "/v1/chat/completions",
            "{\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"look\"}}," + Tools + "," + Hello[1..],
            HttpStatusCode.BadRequest,
            "Invalid tool_choice type: 'object'. Supported string values: none, auto, required");
        await AssertErrorAsync("/v1/nothing", Hello, HttpStatusCode.OK, "Unexpected endpoint or method. (POST /v1/nothing)");

        async Task AssertErrorAsync(string path, string body, HttpStatusCode status, string error)
        {
            using var response = await PostAsync(server, "/lmstudio" + path, body);
            Assert.Equal(status, response.StatusCode);
            Assert.Equal(error, Sse.Json(await response.Content.ReadAsStringAsync(Cancelled)).GetProperty("error").GetString());
        }
    }

    [Fact]
    public async Task LM_Studio_names_later_parts_of_a_call_with_nothing()
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(server, "/lmstudio/v1/chat/completions", Streamed("{\"tool_choice\":\"required\"," + Tools + "," + Hello[1..]));
        var names = Deltas(await Sse.ReadAsync(response)).Where(delta => delta.TryGetProperty("tool_calls", out _))
            .Select(delta => delta.GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name").GetString()).ToList();
        Assert.Equal("look", names[0]);
        Assert.True(names.Count > 1);
        Assert.All(names.Skip(1), name => Assert.Equal("", name));
    }

    [Fact]
    public async Task Ollama_ignores_choices_and_tool_choice_and_ends_with_a_chunk_of_its_own()
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(server, "/ollama/v1/chat/completions", Streamed("{\"n\":3,\"tool_choice\":\"required\"," + Tools + "," + Hello[1..]));
        var events = await Sse.ReadAsync(response);
        Assert.Equal(HelloAnswer, Sse.Content(events));
        Assert.All(Deltas(events), delta => Assert.Equal("assistant", delta.GetProperty("role").GetString()));
        var last = Sse.Json(events[^2]).GetProperty("choices")[0];
        Assert.Equal(("stop", ""), (last.GetProperty("finish_reason").GetString(), last.GetProperty("delta").GetProperty("content").GetString()));
        Assert.Equal("fp_ollama", Sse.Json(events[0]).GetProperty("system_fingerprint").GetString());
    }

    [Theory]
    [InlineData("vllm", "reasoning")]
    [InlineData("ollama", "reasoning")]
    [InlineData("lmstudio", "reasoning_content")]
    [InlineData("openai", null)]
    public async Task A_thought_has_a_field_of_each_servers_own(string name, string? field)
    {
        await using var server = await StartAsync();
        const string Thought = "I simulate a thought before I answer.";
        var asked = "{\"reasoning_effort\":\"low\"," + Hello[1..];
        using var whole = await PostAsync(server, $"/{name}/v1/chat/completions", asked);
        var message = Sse.Json(await whole.Content.ReadAsStringAsync(Cancelled)).GetProperty("choices")[0].GetProperty("message");
        Assert.Equal(HelloAnswer, message.GetProperty("content").GetString());
        Assert.Equal(field is null ? null : Thought, field is null ? null : message.GetProperty(field).GetString());

        using var streamed = await PostAsync(server, $"/{name}/v1/chat/completions", Streamed(asked));
        var events = await Sse.ReadAsync(streamed);
        Assert.Equal(HelloAnswer, Sse.Content(events));
        Assert.Equal(field is null ? "" : Thought, string.Concat(Deltas(events)
            .Select(delta => delta.TryGetProperty(field ?? "reasoning", out var thought) ? thought.GetString() : "")));
    }

    [Fact]
    public async Task OpenAI_counts_hidden_thoughts_and_tells_its_limits()
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(server, "/openai/v1/chat/completions", "{\"reasoning_effort\":\"low\"," + Hello[1..]);
        var usage = Sse.Json(await response.Content.ReadAsStringAsync(Cancelled)).GetProperty("usage");
        Assert.Equal((7, 19), (usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32()));
        Assert.Equal("9999", Assert.Single(response.Headers.GetValues("x-ratelimit-remaining-requests")));
        using var refused = await PostAsync(server, "/openai/v1/chat/completions", Hello, "status;code=429");
        Assert.Equal("0", Assert.Single(refused.Headers.GetValues("x-ratelimit-remaining-requests")));
    }

    [Fact]
    public async Task OpenAI_refuses_what_it_does_not_know()
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(server, "/openai/v1/chat/completions", "{\"continue_final_message\":true," + Hello[1..]);
        Assert.Equal(
            """{"error":{"message":"Unknown parameter: 'continue_final_message'.","type":"invalid_request_error","param":"continue_final_message","code":"unknown_parameter"}}""",
            await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Theory]
    [InlineData("vllm", "https://example.com/a.png", HttpStatusCode.BadRequest)]
    [InlineData("vllm", "data:image/png;base64,AAAA", HttpStatusCode.BadRequest)]
    [InlineData("ollama", "https://example.com/a.png", HttpStatusCode.BadRequest)]
    [InlineData("ollama", "data:image/png;base64,AAAA", HttpStatusCode.OK)]
    [InlineData("openai", "https://example.com/a.png", HttpStatusCode.OK)]
    public async Task Images_are_taken_as_each_takes_them(string name, string url, HttpStatusCode status)
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(
            server,
            $"/{name}/v1/chat/completions",
            $$$"""{"model":"qwen2.5-14b","messages":[{"role":"user","content":[{"type":"text","text":"Look"},{"type":"image_url","image_url":{"url":"{{{url}}}"}}]}]}""");
        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task A_model_is_loaded_once_by_Ollama_and_is_always_there_in_vLLM()
    {
        await using var server = await StartAsync("SIMULATOR_LOAD_MS=600000");
        using var there = await PostAsync(server, "/vllm/v1/chat/completions", Hello);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/ollama/v1/chat/completions") { Content = new StringContent(Streamed(Hello)) };
        var loading = server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        await Eventually.IsAsync(() => server.MetricAsync("vllm:num_requests_running"), running => running == 1);
        Assert.Equal((HttpStatusCode.OK, false), (there.StatusCode, loading.IsCompleted));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loading);
    }

    [Fact]
    public void A_loaded_model_stays_for_as_long_as_it_is_asked_for()
    {
        var time = new ManualTime();
        using var models = new ServedModels(Options.Create(new SimulatorOptions()), time);
        var loading = new ModelLoading(Options.Create(new SimulatorOptions { LoadMs = 5000, KeepAliveMs = 60_000 }), time);
        Assert.Equal([5, 3, 0, 0, 5], Ask(0, 2000, 3000, 59_000, 60_000));
        Assert.Equal(TimeSpan.Zero, loading.Wait(Personality.Of("vllm"), models.All[0]));

        IEnumerable<double> Ask(params double[] pauses)
        {
            foreach (var pause in pauses)
            {
                time.Advance(pause);
                yield return loading.Wait(Personality.Of("ollama"), models.All[0]).TotalSeconds;
            }
        }
    }

    [Theory]
    [InlineData("vllm", true)]
    [InlineData("ollama", false)]
    [InlineData("lmstudio", true)]
    [InlineData("openai", true)]
    [InlineData("anthropic", true)]
    public async Task A_key_is_asked_for_where_the_server_has_keys(string name, bool asked)
    {
        await using var server = await StartAsync("SIMULATOR_API_KEY=secret");
        using (var refused = await server.Http.GetAsync($"/{name}/v1/models", Cancelled))
            Assert.Equal(asked ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, refused.StatusCode);
        if (name == "anthropic")
            server.Http.DefaultRequestHeaders.Add("x-api-key", "secret");
        else
            server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        using var answered = await server.Http.GetAsync($"/{name}/v1/models", Cancelled);
        var models = Sse.Json(await answered.Content.ReadAsStringAsync(Cancelled)).GetProperty("data");
        Assert.Equal("qwen2.5-14b", models[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task Ollamas_own_routes_are_Ollamas_alone()
    {
        await using var server = await StartAsync();
        Assert.Contains("qwen2.5-14b", await server.Http.GetStringAsync("/ollama/api/tags", Cancelled), StringComparison.Ordinal);
        using var elsewhere = await server.Http.GetAsync("/api/tags", Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
    }

    static string Streamed(string body) => "{\"stream\":true," + body[1..];

    static IEnumerable<JsonElement> Deltas(IEnumerable<string> events) =>
        events.Where(data => data != "[DONE]").Select(Sse.Json).SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray()).Select(choice => choice.GetProperty("delta"));

    static async Task<HttpResponseMessage> PostAsync(SimulatorServer server, string path, string body, string? fault = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (fault is not null)
            request.Headers.Add("X-Simulator-Fault", fault);
        return await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
    }
}
