using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>Settings that change while the server runs.</summary>
public sealed class ConfigTests
{
    const string Hello = """{"messages":[{"role":"user","content":"Hello"}]}""";

    [Fact]
    public async Task Changed_settings_hold_at_once_and_the_others_stay()
    {
        await using var server = await StartAsync("SIMULATOR_MAX_WAITING=7");
        var settings = await server.ConfigureAsync(new { answer_tokens = 5, load_factor = 1.5 });
        Assert.Equal(
            (5, 1.5, 7, 0), (settings.GetProperty("answer_tokens").GetInt32(), settings.GetProperty("load_factor").GetDouble(),
                settings.GetProperty("max_waiting").GetInt32(), settings.GetProperty("first_token_ms").GetDouble()));
        var answer = await server.ChatAnswerAsync(Hello);
        Assert.Equal(5, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(settings.GetRawText(), await server.Http.GetStringAsync("/admin/config", Cancelled));
    }

    [Fact]
    public async Task A_raised_limit_starts_who_waits()
    {
        await using var server = await StartAsync("SIMULATOR_MAX_RUNNING=1", "SIMULATOR_FIRST_TOKEN_MS=600000");
        var one = server.ChatAsync(Hello);
        var other = server.ChatAsync(Hello);
        await Eventually.IsAsync(() => server.MetricAsync("vllm:num_requests_waiting"), waiting => waiting == 1);
        await server.ConfigureAsync(new { max_running = 2 });
        Assert.Equal(2, await server.MetricAsync("vllm:num_requests_running"));

        using var reset = await server.Http.PostAsync("/admin/reset", null, Cancelled);
        using var first = await one;
        using var second = await other;
        Assert.Equal((HttpStatusCode.InternalServerError, HttpStatusCode.InternalServerError), (first.StatusCode, second.StatusCode));
    }

    [Fact]
    public async Task A_reset_brings_the_settings_of_the_start_back()
    {
        await using var server = await StartAsync("SIMULATOR_ANSWER_TOKENS=3");
        var before = await server.Http.GetStringAsync("/admin/config", Cancelled);
        await server.ConfigureAsync(new { answer_tokens = 5, failure_rate = 20, prefix_cache = true });
        using var reset = await server.Http.PostAsync("/admin/reset", null, Cancelled);
        Assert.Equal(before, await server.Http.GetStringAsync("/admin/config", Cancelled));
    }

    [Theory]
    [InlineData("[]", "Input should be an object of settings, such as {\"first_token_ms\":5}", null)]
    [InlineData("{\"max_running\":0}", "max_running is 0. The field max_running must be between 1 and 4096.", "max_running")]
    [InlineData("{\"max_running\":1.5}", "max_running is 1.5, which is not a whole number", "max_running")]
    [InlineData("{\"load_factor\":\"2\"}", "load_factor is \"2\", which is not a number", "load_factor")]
    [InlineData("{\"load_factor\":null}", "load_factor is null, which is not a number", "load_factor")]
    [InlineData("{\"prefix_cache\":1}", "prefix_cache is 1, which is not true or false", "prefix_cache")]
    [InlineData("{\"failure_types\":\"all\"}", "failure_types is \"all\", which is not a list of texts", "failure_types")]
    [InlineData(
        "{\"failure_types\":[\"rate_limit\",null]}",
        "failure_types is [\"rate_limit\",null]. The field failure_types has 'null'; of: rate_limit, invalid_api_key, context_length, server_error, invalid_request, model_not_found.",
        "failure_types")]
    public async Task What_cannot_be_is_refused_and_nothing_changes(string changes, string message, string? param)
    {
        await using var server = await StartAsync();
        var before = await server.Http.GetStringAsync("/admin/config", Cancelled);
        var mixed = changes.Replace("{\"", "{\"answer_tokens\":5,\"", StringComparison.Ordinal);
        await ChatRefusalTests.AssertRefusedAsync(await PostAsync(server, mixed), HttpStatusCode.BadRequest, message, "BadRequestError", param);
        Assert.Equal(before, await server.Http.GetStringAsync("/admin/config", Cancelled));
    }

    [Fact]
    public async Task The_readme_names_every_setting_that_changes()
    {
        await using var server = await StartAsync();
        var readme = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "README.md"), Cancelled);
        var told = readme.Split("`POST /admin/config` takes these")[1].Split("The others need a restart.")[0].Split('`').Where((_, index) => index % 2 == 1);
        var settings = await server.Http.GetFromJsonAsync<JsonElement>("/admin/config", Cancelled);
        Assert.Equal(settings.EnumerateObject().Select(setting => setting.Name), told);
    }

    [Theory]
    [InlineData("models")]
    [InlineData("api_key")]
    [InlineData("nothing")]
    public async Task A_setting_that_cannot_change_is_named_with_those_that_can(string name)
    {
        await using var server = await StartAsync("SIMULATOR_API_KEY=secret");
        using var refused = await PostAsync(server, $$"""{"{{name}}":"x"}""");
        var message = Sse.Json(await refused.Content.ReadAsStringAsync(Cancelled)).GetProperty("error").GetProperty("message").GetString();
        Assert.StartsWith($"'{name}' is no setting that can change; of: first_token_ms, first_token_std_dev, prefill_token_ms, ", message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", await server.Http.GetStringAsync("/admin/config", Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_metrics_tell_can_be_made_up_and_be_the_truth_again()
    {
        await using var server = await StartAsync("SIMULATOR_FAKE_WAITING=7");
        await server.ConfigureAsync(new { fake_running = 3, fake_kv_usage = 0.9 });
        Assert.Equal((3, 7, 0.9), await ToldAsync(server));
        await server.ConfigureAsync(new { fake_running = (int?)null, fake_waiting = (int?)null, fake_kv_usage = (double?)null });
        Assert.Equal((0, 0, 0), await ToldAsync(server));
    }

    [Fact]
    public async Task An_answer_is_the_prompt_or_words_by_chance_that_a_seed_repeats()
    {
        await using var server = await StartAsync("SIMULATOR_ANSWER_MODE=echo");
        Assert.Equal("Hello", await SayAsync(server, Hello));
        await server.ConfigureAsync(new { answer_mode = "random" });
        var (one, same, other) = (await SayAsync(server, Seeded(1)), await SayAsync(server, Seeded(1)), await SayAsync(server, Seeded(2)));
        Assert.Equal(one, same);
        Assert.NotEqual(one, other);
        Assert.InRange(one.Split(' ').Length, 1, 128);
        await ChatRefusalTests.AssertRefusedAsync(
            await PostAsync(server, """{"answer_mode":"poem"}"""),
            HttpStatusCode.BadRequest,
            "answer_mode is \"poem\". answer_mode should be sentence, echo or random.",
            "BadRequestError",
            "answer_mode");
    }

    [Fact]
    public async Task A_starting_server_lives_and_is_not_ready()
    {
        await using var server = await StartAsync("SIMULATOR_STARTUP_MS=86400000");
        Assert.Empty(await server.Http.GetStringAsync("/health", Cancelled));
        await ChatRefusalTests.AssertRefusedAsync(
            await server.Http.GetAsync("/health/ready", Cancelled), HttpStatusCode.ServiceUnavailable, "The server is starting.", "ServiceUnavailableError", null);
        await server.ConfigureAsync(new { startup_ms = 0 });
        Assert.Empty(await server.Http.GetStringAsync("/health/ready", Cancelled));
    }

    [Fact]
    public async Task A_prompt_that_begins_alike_is_told_as_cached()
    {
        await using var server = await StartAsync("SIMULATOR_PREFIX_CACHE=true");
        var first = await server.ChatAnswerAsync(Conversation("first"));
        var second = await server.ChatAnswerAsync(Conversation("second"));
        Assert.Equal(JsonValueKind.Null, first.GetProperty("usage").GetProperty("prompt_tokens_details").ValueKind);

        // 204 tokens of the system's message and 4 before the question are 13 blocks of 16.
        Assert.Equal("""{"cached_tokens":208}""", second.GetProperty("usage").GetProperty("prompt_tokens_details").GetRawText());
        Assert.Equal(208, await server.MetricAsync("vllm:prefix_cache_hits_total"));
        using var asOpenAi = await server.Http.PostAsync(
            "/openai/v1/chat/completions", new StringContent(Conversation("third").Replace("{\"messages", "{\"model\":\"qwen2.5-14b\",\"messages", StringComparison.Ordinal)), Cancelled);
        var usage = (await asOpenAi.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("usage");
        Assert.Equal(208, usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32());
    }

    static string Seeded(int seed) => $$"""{"seed":{{seed}},"messages":[{"role":"user","content":"Hello"}]}""";

    static async Task<string> SayAsync(SimulatorServer server, string json) =>
        (await server.ChatAnswerAsync(json)).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;

    static async Task<(double Running, double Waiting, double KvUsage)> ToldAsync(SimulatorServer server) => (
        await server.MetricAsync("vllm:num_requests_running"),
        await server.MetricAsync("vllm:num_requests_waiting"),
        await server.MetricAsync("vllm:kv_cache_usage_perc"));

    static string Conversation(string question) =>
        $$"""{"messages":[{"role":"system","content":"{{new string('x', 800)}}"},{"role":"user","content":"{{question}}"}]}""";

    static async Task<HttpResponseMessage> PostAsync(SimulatorServer server, string json)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        return await server.Http.PostAsync("/admin/config", body, Cancelled);
    }
}
