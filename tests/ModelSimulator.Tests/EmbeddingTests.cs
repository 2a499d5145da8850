using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

public sealed class EmbeddingTests
{
    [Fact]
    public async Task An_answer_has_vllms_shape_and_a_vector_for_each_input()
    {
        await using var server = await StartAsync();
        var answer = await EmbedAsync(server, """{"model":"BAAI/bge-m3","input":["one two","three"]}""");
        Assert.StartsWith("embd-", answer.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal(("list", "BAAI/bge-m3"), (answer.GetProperty("object").GetString(), answer.GetProperty("model").GetString()));
        Assert.Equal([0, 1], answer.GetProperty("data").EnumerateArray().Select(entry => entry.GetProperty("index").GetInt32()));
        Assert.All(Vectors(answer), vector =>
        {
            Assert.Equal(1024, vector.Length);
            Assert.Equal(1, vector.Sum(value => value * value), 1e-4);
        });
        Assert.Equal("""{"prompt_tokens":4,"total_tokens":4,"completion_tokens":0,"prompt_tokens_details":null}""", answer.GetProperty("usage").GetRawText());
        Assert.Equal(4, await server.MetricAsync("vllm:prompt_tokens_total", "bge-m3"));
        Assert.Equal(0, await server.MetricAsync("vllm:generation_tokens_total", "bge-m3"));
    }

    [Fact]
    public async Task The_same_text_has_the_same_vector_and_shared_words_bring_texts_together()
    {
        await using var server = await StartAsync();
        var first = Vectors(await EmbedAsync(server, """{"input":["the quick brown fox","the quick brown dog","entirely unlike that"]}"""));
        var again = Vectors(await EmbedAsync(server, """{"input":"the quick brown fox"}"""));
        Assert.Equal(first[0], again[0]);
        Assert.True(Dot(first[0], first[1]) > 0.5);
        Assert.True(Dot(first[0], first[2]) < 0.3);
    }

    [Fact]
    public async Task Base64_holds_the_same_numbers()
    {
        await using var server = await StartAsync();
        var numbers = Vectors(await EmbedAsync(server, """{"input":"one","dimensions":8}"""))[0];
        var answer = await EmbedAsync(server, """{"input":"one","dimensions":8,"encoding_format":"base64"}""");
        var packed = answer.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();
        Assert.Equal(numbers, MemoryMarshal.Cast<byte, float>(packed).ToArray());
    }

    [Fact]
    public async Task Fewer_dimensions_are_the_first_ones_of_more()
    {
        await using var server = await StartAsync("SIMULATOR_EMBEDDING_DIMENSIONS=16");
        var all = Vectors(await EmbedAsync(server, """{"input":"one"}"""))[0];
        var few = Vectors(await EmbedAsync(server, """{"input":"one","dimensions":4}"""))[0];
        Assert.Equal((16, 4), (all.Length, few.Length));
        Assert.Equal(1, few.Sum(value => value * value), 1e-4);
        Assert.Equal(all[1] / all[0], few[1] / few[0], 1e-4);
    }

    [Theory]
    [InlineData("[1,2,3]", 3, 1)]
    [InlineData("[[1,2],[3,4,5]]", 5, 2)]
    public async Task Token_ids_are_taken_for_text(string input, int tokens, int vectors)
    {
        await using var server = await StartAsync("SIMULATOR_INTER_TOKEN_MS=1");
        var answer = await EmbedAsync(server, $$"""{"input":{{input}}}""");
        Assert.Equal(tokens, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(vectors, answer.GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData("{}", "Field required", "input")]
    [InlineData("{\"input\":7}", "Input should be a string or a list of 1 to 2048 inputs", "input")]
    [InlineData("{\"input\":[]}", "Input should be a string or a list of 1 to 2048 inputs", "input")]
    [InlineData("{\"input\":[\"a\",7]}", "Input should be a string, a list of strings, a list of token ids or a list of such lists", "input")]
    [InlineData("{\"input\":\"a\",\"encoding_format\":\"hex\"}", "Input should be 'float' or 'base64'", "encoding_format")]
    [InlineData("{\"input\":\"a\",\"dimensions\":1025}", "dimensions must be at most 1024, got 1025.", "dimensions")]
    [InlineData("{\"input\":\"a\",\"model\":\"qwen2.5-14b\"}", "The model does not support Embeddings API", "model")]
    public async Task Wrong_input_is_refused(string body, string message, string param)
    {
        await using var server = await StartAsync();
        await ChatRefusalTests.AssertRefusedAsync(await PostAsync(server, body), HttpStatusCode.BadRequest, message, "BadRequestError", param);
    }

    [Fact]
    public async Task A_model_for_embeddings_does_not_chat()
    {
        await using var server = await StartAsync();
        await ChatRefusalTests.AssertRefusedAsync(
            await server.ChatAsync("""{"model":"BAAI/bge-m3","messages":[{"role":"user","content":"Hi"}]}"""),
            HttpStatusCode.BadRequest, "The model does not support Chat Completions API", "BadRequestError", "model");
    }

    [Fact]
    public async Task Faults_hit_embeddings_too()
    {
        await using var server = await StartAsync();
        await server.ArmAsync("status;code=429;retry_after=1");
        using var refused = await PostAsync(server, """{"input":"a"}""");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        using var answered = await PostAsync(server, """{"input":"a"}""");
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
    }

    static Task<HttpResponseMessage> PostAsync(SimulatorServer server, string json) =>
        server.Http.PostAsync("/v1/embeddings", new StringContent(json, Encoding.UTF8, "application/json"), Cancelled);

    static async Task<JsonElement> EmbedAsync(SimulatorServer server, string json)
    {
        using var response = await PostAsync(server, json);
        var body = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonElement.Parse(body);
    }

    static List<float[]> Vectors(JsonElement answer) =>
        [.. answer.GetProperty("data").EnumerateArray().Select(entry => entry.GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle()).ToArray())];

    static double Dot(float[] one, float[] other) => one.Zip(other, (left, right) => (double)left * right).Sum();
}
