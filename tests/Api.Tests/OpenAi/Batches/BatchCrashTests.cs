using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests.OpenAi;

/// <summary>API processes that are killed while they drive a batch.</summary>
public sealed class BatchCrashTests(Stores stores)
{
    const int Lines = 300;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_whose_drivers_are_killed_loses_no_request_and_runs_none_twice()
    {
        await using var queue = await QueueOnly.StartAsync(stores);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        string id;
        await using (var first = await ApiProcess.StartAsync(stores, queue.Schema))
        {
            id = await CreateAsync(first.Http);
            await Eventually.That(async () => Assert.NotEqual(0, await queue.ScalarAsync<int>("select given from batch")), Ct);
            await first.KillAsync();
            await LeaseEndsAsync(queue);
        }
        var worker = WorkAsync(queue.Queue, ended.Token);
        await using (var second = await ApiProcess.StartAsync(stores, queue.Schema))
        {
            await Eventually.That(async () => Assert.NotEqual(0, await queue.ScalarAsync<int>("select completed from batch")), Ct);
            await second.KillAsync();
            await LeaseEndsAsync(queue);
        }
        await using var third = await ApiProcess.StartAsync(stores, queue.Schema);
        JsonElement batch = default;
        await Eventually.That(async () =>
        {
            batch = await third.Http.GetFromJsonAsync<JsonElement>($"{BatchCalls.Batches}/{id}", Ct);
            Assert.Equal("completed", batch.Text("status"));
        }, Ct);
        await ended.CancelAsync();

        var output = await third.Http.LinesAsync(batch, "output_file_id");
        Assert.Equal((Lines, Lines, 0), batch.Counts());
        Assert.Equal(Enumerable.Range(0, Lines).Select(Id).Order(StringComparer.Ordinal), output.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Lines, await queue.ScalarAsync<long>("select count(*) from job"));
        Assert.Equal(Lines, await worker);
    }

    /// <summary>What the lease of the killed process would do half a minute later.</summary>
    static Task<Guid> LeaseEndsAsync(QueueOnly queue) => queue.ScalarAsync<Guid>("update batch set due_at = now() returning id");

    static string Id(int line) => $"request-{line}";

    static async Task<string> CreateAsync(HttpClient http)
    {
        using var form = FileCalls.Form(Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, Lines).Select(line => BatchCalls.Line(Id(line), "m")))));
        using var uploaded = await http.PostAsync(FileCalls.Files, form, Ct);
        var file = (await uploaded.Content.ReadFromJsonAsync<JsonElement>(Ct)).Text("id");
        using var created = await http.PostAsync(BatchCalls.Batches, new StringContent(BatchCalls.Create(file), Encoding.UTF8, "application/json"), Ct);
        return (await created.Content.ReadFromJsonAsync<JsonElement>(Ct)).Text("id");
    }

    /// <summary>Plays the worker until it is ended; answers how many runs there were.</summary>
    static async Task<int> WorkAsync(JobQueue queue, CancellationToken ended)
    {
        var runs = 0;
        try
        {
            while (true)
            {
                foreach (var job in await queue.ClaimAsync(
                    new ClaimRequest("w", ["llm_chat"], ["m"], 5, TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(20)), ended))
                {
                    runs++;
                    await queue.CompleteAsync(JobFence.Of(job), JsonElement.Parse("""{"content":"Hi"}"""), Ct);
                }
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return runs;
        }
    }
}
