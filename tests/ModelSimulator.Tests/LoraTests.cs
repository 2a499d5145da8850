using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>LoRA adapters that come and go while the server runs.</summary>
public sealed class LoraTests
{
    const string Load = "/v1/load_lora_adapter";
    const string Unload = "/v1/unload_lora_adapter";
    const string Sql = """{"lora_name":"sql","lora_path":"/adapters/sql"}""";

    [Fact]
    public async Task A_loaded_adapter_is_in_the_list_and_answers_by_its_name_until_it_is_unloaded()
    {
        await using var server = await StartAsync();
        Assert.Equal("Success: LoRA adapter 'sql' added successfully.", await DoneAsync(server, Load, Sql));
        var listed = (await server.Http.GetFromJsonAsync<JsonElement>("/v1/models", Cancelled)).GetProperty("data").EnumerateArray().Last();
        Assert.Equal(
            ("sql", "/adapters/sql", "qwen2.5-14b", JsonValueKind.Null),
            (listed.GetProperty("id").GetString(), listed.GetProperty("root").GetString(), listed.GetProperty("parent").GetString(), listed.GetProperty("max_model_len").ValueKind));
        var answer = await server.ChatAnswerAsync(Chat("sql"));
        Assert.Equal("sql", answer.GetProperty("model").GetString());
        using (var faulty = await server.ChatAsync(Chat("sql@status;code=503")))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, faulty.StatusCode);

        Assert.Equal("Success: LoRA adapter 'sql' removed successfully.", await DoneAsync(server, Unload, """{"lora_name":"sql"}"""));
        using var gone = await server.ChatAsync(Chat("sql"));
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task The_metrics_name_the_adapters_of_what_runs_and_waits()
    {
        await using var server = await StartAsync("SIMULATOR_MODELS=small,large", "SIMULATOR_MAX_RUNNING=1");
        Assert.DoesNotContain("lora_requests_info", await server.Http.GetStringAsync("/metrics", Cancelled), StringComparison.Ordinal);
        await DoneAsync(server, Load, """{"lora_name":"sql","lora_path":"/adapters/sql","base_model_name":"large"}""");
        await DoneAsync(server, Load, """{"lora_name":"tone","lora_path":"/adapters/tone","base_model_name":"large"}""");
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var running = server.ChatUntilAsync(Chat("sql"), "stall", leaving.Token);
        await Eventually.IsAsync(() => server.MetricAsync("vllm:num_requests_running", "large"), count => count == 1);
        var waiting = server.ChatUntilAsync(Chat("tone"), "stall", leaving.Token);
        await Eventually.IsAsync(() => server.MetricAsync("vllm:num_requests_waiting", "large"), count => count == 1);

        var page = await server.Http.GetStringAsync("/metrics", Cancelled);
        var line = Assert.Single(page.Split('\n'), line => line.StartsWith("vllm:lora_requests_info{", StringComparison.Ordinal));
        Assert.StartsWith("""vllm:lora_requests_info{max_lora="1",running_lora_adapters="sql",waiting_lora_adapters="tone"} """, line, StringComparison.Ordinal);
        Assert.True(double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture) > 1_700_000_000, line);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Theory]
    [InlineData(Load, "{\"lora_name\":\"sql\"}", HttpStatusCode.BadRequest, "Both 'lora_name' and 'lora_path' must be provided.", "InvalidUserInput", null)]
    [InlineData(
        Load,
        "{\"lora_name\":\"there\",\"lora_path\":\"/x\"}",
        HttpStatusCode.BadRequest,
        "The lora adapter 'there' has already been loaded. If you want to load the adapter in place, set 'load_inplace' to true.",
        "InvalidUserInput",
        null)]
    [InlineData(
        Load,
        "{\"lora_name\":\"qwen2.5-14b\",\"lora_path\":\"/x\"}",
        HttpStatusCode.BadRequest,
        "The lora adapter name 'qwen2.5-14b' conflicts with a served base model.",
        "InvalidUserInput",
        null)]
    [InlineData(
        Load,
        "{\"lora_name\":\"sql\",\"lora_path\":\"/x\",\"base_model_name\":\"none\"}",
        HttpStatusCode.NotFound,
        "The model `none` does not exist.",
        "NotFoundError",
        "base_model_name")]
    [InlineData(Load, "{\"lora_name\":7}", HttpStatusCode.BadRequest, "Input should be a valid string", "BadRequestError", "lora_name")]
    [InlineData(Load, "[]", HttpStatusCode.BadRequest, "Input should be a valid dictionary or object to extract fields from", "BadRequestError", null)]
    [InlineData(Unload, "{}", HttpStatusCode.BadRequest, "'lora_name' needs to be provided to unload a LoRA adapter.", "InvalidUserInput", null)]
    [InlineData(Unload, "{\"lora_name\":\"sql\"}", HttpStatusCode.NotFound, "The lora adapter 'sql' cannot be found.", "NotFoundError", null)]
    public async Task What_cannot_be_is_refused_in_vllms_words(string path, string body, HttpStatusCode status, string message, string type, string? param)
    {
        await using var server = await StartAsync();
        await DoneAsync(server, Load, """{"lora_name":"there","lora_path":"/x"}""");
        await ChatRefusalTests.AssertRefusedAsync(await PostAsync(server, path, body), status, message, type, param);
    }

    [Fact]
    public async Task An_adapter_is_replaced_in_place_and_gone_after_a_reset()
    {
        await using var server = await StartAsync();
        await DoneAsync(server, Load, Sql);
        await DoneAsync(server, Load, """{"lora_name":"sql","lora_path":"/adapters/sql","load_inplace":true}""");
        await DoneAsync(server, Load, """{"lora_name":"sql","lora_path":"/adapters/sql-2","load_inplace":true}""");
        Assert.Contains("/adapters/sql-2", await server.Http.GetStringAsync("/v1/models", Cancelled), StringComparison.Ordinal);
        using var reset = await server.Http.PostAsync("/admin/reset", null, Cancelled);
        Assert.DoesNotContain("sql", await server.Http.GetStringAsync("/v1/models", Cancelled), StringComparison.Ordinal);
    }

    static string Chat(string model) => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hello"}]}""";

    static async Task<string> DoneAsync(SimulatorServer server, string path, string json)
    {
        using var response = await PostAsync(server, path, json);
        var said = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.True(response.IsSuccessStatusCode, said);
        return said;
    }

    static async Task<HttpResponseMessage> PostAsync(SimulatorServer server, string path, string json)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        return await server.Http.PostAsync(path, body, Cancelled);
    }
}
