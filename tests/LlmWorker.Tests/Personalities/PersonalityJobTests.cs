using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests.Personalities;

/// <summary>Jobs through the queue and the real worker to each kind of server, as the simulator stands in for it: what is peculiar to it does not show.</summary>
public sealed class PersonalityJobTests(Stores stores)
{
    const string Model = "qwen2.5-14b";
    const string Answer = "This is a simulated answer from ModelSimulator. You said: Hello";
    const string Tools = """[{"type":"function","function":{"name":"other","parameters":{"type":"object"}}},{"type":"function","function":{"name":"look","parameters":{"type":"object","properties":{"at":{"type":"string"}},"required":["at"]}}}]""";

    static readonly string[] Kinds = ["vllm", "ollama", "lmstudio", "openai", "anthropic"];

    [Fact]
    public async Task Each_server_answers_a_chat_with_its_thoughts_left_out_and_its_usage()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var caller = await Caller.StartAsync(stores);
        using var file = Config(simulator, [.. Kinds.Select(kind => new Group(kind, kind))]);
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path));

        foreach (var (kind, result) in await RunAsync(caller, Kinds, """{"system":"Be kind","user":"Hello","reasoning_effort":"low"}"""))
        {
            Assert.Equal((Answer, Model, kind, "stop", null), (result.Content, result.Model, result.Provider, result.FinishReason, result.Warnings));
            // Anthropic has no reasoning_effort, so there is no thought either.
            Assert.Equal(kind == "anthropic" ? 11 : 18, result.Usage!.Value.GetProperty("completion_tokens").GetInt32());
        }
        foreach (var request in (await simulator.RequestsAsync()).GetProperty("requests").EnumerateArray())
        {
            Assert.Equal(("stop", 0), (request.GetProperty("finish").GetString(), request.GetProperty("tokens_after_client_left").GetInt32()));
            Assert.True(Guid.TryParse(request.GetProperty("headers").GetProperty("X-Request-Id").GetString(), out _));
        }
    }

    [Fact]
    public async Task A_named_tool_is_called_where_the_server_can_be_made_to_and_JSON_comes_from_all()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var caller = await Caller.StartAsync(stores);
        using var file = Config(simulator, [.. Kinds.Select(kind => new Group(kind, kind))]);
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path));

        var called = await RunAsync(
            caller, ["vllm", "lmstudio", "openai", "anthropic"], $$$"""{"user":"Hello","tool_choice":{"type":"function","function":{"name":"look"}},"tools":{{{Tools}}}}""");
        foreach (var (_, result) in called)
        {
            var call = Assert.Single(result.ToolCalls!.Value.EnumerateArray()).GetProperty("function");
            Assert.Equal(
                ("tool_calls", null, "look", """{"at":"simulated"}"""),
                (result.FinishReason, result.Content, call.GetProperty("name").GetString(), call.GetProperty("arguments").GetString()));
        }

        // Ollama does not look at tool_choice.
        var talked = Assert.Single(await RunAsync(caller, ["ollama"], $$$"""{"user":"Hello","tool_choice":"required","tools":{{{Tools}}}}"""));
        Assert.Equal((Answer, "stop"), (talked.Result.Content, talked.Result.FinishReason));

        foreach (var (_, result) in await RunAsync(caller, Kinds, """{"user":"Hello","response_format":{"type":"json_object"}}"""))
        {
            Assert.Equal(JsonValueKind.Object, JsonElement.Parse(result.Content!).ValueKind);
        }
    }

    [Fact]
    public async Task Each_servers_refusal_failure_and_error_in_a_stream_is_told_in_its_words()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var caller = await Caller.StartAsync(stores);
        string[] faults = ["status;code=400;message=Out of cheese", "status;code=500;message=Out of cheese", "error;after=2;message=Out of cheese", "error_body;code=500;message=Out of cheese"];
        string[] categories = ["input_rejected", "provider_error", "provider_error", "provider_error"];
        Group[] groups = [.. Kinds.SelectMany(kind => faults.Select((fault, index) => new Group($"{kind}{index}", kind, $"{Model}@{fault}")))];
        using var file = Config(simulator, groups);
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path));

        var jobs = await SubmitAsync(caller, [.. groups.Select(group => group.Name)], Call.Hello);
        foreach (var (name, id) in jobs)
        {
            var job = await caller.FinalAsync(id);
            Assert.Equal((name, JobStatus.Failed, categories[name[^1] - '0']), (name, job.Status, job.Error?.Category));
            Assert.EndsWith(": Out of cheese", job.Error!.Message.TrimEnd('.'), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_prompt_that_LM_Studio_OpenAI_or_Anthropic_finds_too_long_goes_to_a_larger_model()
    {
        await using var small = await Simulator.StartAsync("--SIMULATOR_MAX_MODEL_LEN=64", "--SIMULATOR_KV_BLOCKS=64");
        await using var large = await Simulator.StartAsync();
        await using var caller = await Caller.StartAsync(stores);
        string[] kinds = ["vllm", "lmstudio", "openai", "anthropic"];
        using var file = new ConfigFile(
            $$"""{ "providers": { {{Providers(small, kinds)}}, "large": { "kind": "vllm", "base_url": "{{large.Address}}vllm/v1" } }, "groups": { """
            + string.Join(", ", kinds.Select(kind =>
                $$"""
                "{{kind}}": { "deployments": [{ "provider": "{{kind}}", "model": "{{Model}}", "max_context_tokens": 64 }, { "provider": "large", "model": "{{Model}}", "max_context_tokens": 32768 }] }
                """))
            + """ }, "profiles": { "default": "vllm" } }""");
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path));

        foreach (var (kind, result) in await RunAsync(caller, kinds, $$"""{"user":"{{new string('x', 2000)}}"}"""))
        {
            Assert.Equal((kind, "large", kind), (kind, result.Provider, result.ModelGroup));
        }
    }

    [Fact]
    public async Task Ollamas_silent_cut_and_LM_Studios_other_model_are_marked()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_MAX_MODEL_LEN=64", "--SIMULATOR_KV_BLOCKS=64");
        await using var caller = await Caller.StartAsync(stores);
        using var file = Config(simulator, new Group("ollama", "ollama"), new Group("lmstudio", "lmstudio", "llama-3-70b"));
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path));

        var cut = Assert.Single(await RunAsync(caller, ["ollama"], $$"""{"messages":[{"role":"user","content":[{"type":"text","text":"{{string.Join(' ', Enumerable.Repeat("word", 500))}}"}]}]}""")).Result;
        Assert.Equal(("prompt_may_be_cut", 64), (Assert.Single(cut.Warnings!), cut.Usage!.Value.GetProperty("prompt_tokens").GetInt32()));
        Assert.Null(Assert.Single(await RunAsync(caller, ["ollama"], Call.Hello)).Result.Warnings);

        var other = Assert.Single(await RunAsync(caller, ["lmstudio"], Call.Hello)).Result;
        Assert.Equal((Model, "other_model"), (other.Model, Assert.Single(other.Warnings!)));
        await Eventually.That(
            () =>
            {
                Assert.Contains("doubtful answer (other_model)", worker.Output, StringComparison.Ordinal);
                return Task.CompletedTask;
            }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_model_that_has_to_be_loaded_first_is_waited_for()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_LOAD_MS=1500");
        await using var caller = await Caller.StartAsync(stores);
        string[] kinds = ["ollama", "lmstudio"];
        using var file = Config(simulator, [.. kinds.Select(kind => new Group(kind, kind))]);
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path));

        foreach (var (_, result) in await RunAsync(caller, kinds, Call.Hello))
        {
            Assert.Equal((Answer, 1), (result.Content, result.Attempts));
            Assert.True(result.DurationMs >= 1400, $"{result.DurationMs} ms, though loading alone takes 1500");
        }
    }

    static ConfigFile Config(Simulator simulator, params Group[] groups) => new(
        $$"""{ "providers": { {{Providers(simulator, [.. groups.Select(group => group.Kind).Distinct()])}} }, "groups": { """
        + string.Join(", ", groups.Select(group =>
            $$"""
            "{{group.Name}}": { "deployments": [{ "provider": "{{group.Kind}}", "model": "{{group.Model}}" }] }
            """))
        + $$""" }, "profiles": { "default": "{{groups[0].Name}}" } }""");

    static string Providers(Simulator simulator, IEnumerable<string> kinds) => string.Join(", ", kinds.Select(kind =>
        $$"""
        "{{kind}}": { "kind": "{{kind}}", "base_url": "{{simulator.Address}}{{kind}}/v1", "api_key": "sk-any" }
        """));

    static async Task<List<(string Name, Guid Id)>> SubmitAsync(Caller caller, string[] profiles, string input)
    {
        List<(string, Guid)> jobs = [];
        foreach (var profile in profiles)
        {
            jobs.Add((profile, await caller.SubmitAsync(input, profile: profile, attempts: 1)));
        }
        return jobs;
    }

    static async Task<List<(string Name, ChatResult Result)>> RunAsync(Caller caller, string[] profiles, string input)
    {
        List<(string, ChatResult)> results = [];
        foreach (var (name, id) in await SubmitAsync(caller, profiles, input))
        {
            results.Add((name, (await caller.FinalAsync(id)).ChatResult()));
        }
        return results;
    }

    sealed record Group(string Name, string Kind, string Model = PersonalityJobTests.Model);
}
