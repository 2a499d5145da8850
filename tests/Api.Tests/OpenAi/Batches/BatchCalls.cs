using System.Text;
using System.Text.Json;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests.OpenAi;

/// <summary>Calls of batches, by hand, and what workers do for them.</summary>
static class BatchCalls
{
    public const string Batches = "/v1/batches";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A line of input.</summary>
    public static string Line(string id, string model, string text = "Hello", string more = "") => $$$"""
        {"custom_id":"{{{id}}}","method":"POST","url":"/v1/chat/completions","body":{"model":"{{{model}}}","messages":[{"role":"user","content":"{{{text}}}"}]{{{more}}}}}
        """;

    public static string Create(string file, string more = "") =>
        $$"""{"input_file_id":"{{file}}","endpoint":"/v1/chat/completions","completion_window":"24h"{{more}}}""";

    public static async Task<string> CreateBatchAsync(this RunningApi api, params string[] lines)
    {
        var answer = await api.PostAsync(Batches, Create(await api.UploadAsync(lines)));
        Assert.Equal((200, ""), (answer.Status, answer.Status == 200 ? "" : answer.Text));
        return answer.Json.Text("id");
    }

    public static async Task<JsonElement> BatchAsync(this RunningApi api, string id) => (await api.GetAsync($"{Batches}/{id}")).Json;

    /// <summary>The batch once it is in the state.</summary>
    public static async Task<JsonElement> BatchAsync(this RunningApi api, string id, string status)
    {
        JsonElement batch = default;
        await Eventually.That(async () =>
        {
            batch = await api.BatchAsync(id);
            Assert.Equal(status, batch.Text("status"));
        }, Ct);
        return batch;
    }

    /// <summary>Total, completed and failed.</summary>
    public static (int Total, int Completed, int Failed) Counts(this JsonElement batch)
    {
        var counts = batch.GetProperty("request_counts");
        return (counts.GetProperty("total").GetInt32(), counts.GetProperty("completed").GetInt32(), counts.GetProperty("failed").GetInt32());
    }

    /// <summary>The lines of a file by their custom_id, each of which stands there once; empty where the batch has no such file.</summary>
    public static async Task<Dictionary<string, JsonElement>> LinesAsync(this HttpClient http, JsonElement batch, string file) =>
        batch.GetProperty(file).GetString() is not { } id ? [] : Encoding.UTF8.GetString(await http.ReadFileAsync(id))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).ToDictionary(line => line.Text("custom_id"));

    /// <summary>Answers as many chats of the model as there are to be, each with its own question.</summary>
    public static async Task AnswerAsync(RunningApi api, string model, int chats)
    {
        for (var answered = 0; answered < chats;)
        {
            foreach (var job in await api.Queue.ClaimAsync(
                new ClaimRequest("w", ["llm_chat"], [model], Math.Min(100, chats - answered), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(20)), Ct))
            {
                await ModelWorker.FinishAsync(api, job, "Re: " + job.Input!.Value.GetProperty("messages")[0].Text("content"));
                answered++;
            }
        }
    }
}
