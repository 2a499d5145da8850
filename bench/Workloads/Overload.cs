using System.Diagnostics;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using AiPlatform.Bench.Servers;

namespace AiPlatform.Bench.Workloads;

/// <summary>
/// Ten times as much low work as the model server can do, and high chats beside it: how long to their first token, against the same chats on an idle
/// system? With admission, where the low jobs wait in the queue, and without, where they wait at the server. No run is aborted for another
/// one in either, so that nothing but admission keeps a place.
/// </summary>
sealed class Overload : IWorkload
{
    public const string With = "with admission";
    public const string Without = "without";
    public const string Idle = "idle p50";
    public const string Loaded = "overloaded p50";
    public const string Times = "overloaded p50, × idle";

    /// <summary>The server runs eight at a time, a low answer takes it a second, so it ends eight a second.</summary>
    const int Running = 8;
    const int LowTokens = 100;
    const int LowEachSecond = 10 * Running;

    static readonly (string, string)[] Server =
    [
        ("SIMULATOR_FIRST_TOKEN_MS", "100"), ("SIMULATOR_INTER_TOKEN_MS", "10"), ("SIMULATOR_MAX_RUNNING", $"{Running}"),
        ("WORKER_CLAIM_LIMIT", "64"), ("WORKER_PREEMPTIBLE", "none"),
    ];

    /// <summary>So long low jobs come before the first high chat is measured: the limits are found by then.</summary>
    static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public string Name => "overload";

    public int MostRounds => 1;

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        foreach (var (name, admission) in new[] { (With, "true"), (Without, "false") })
        {
            await using var system = await RunningSystem.StartAsync([.. Server, ("LLM_ADMISSION", admission)], ct);
            using var api = new HttpClient { BaseAddress = system.Address("api"), Timeout = TimeSpan.FromMinutes(5) };
            await ChatsAsync(api, round.Sizes.OverloadChats / 4, ct);
            round.Results.Probes.Add(MachineProbe.Milliseconds());
            var idle = await ChatsAsync(api, round.Sizes.OverloadChats, ct);

            using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var low = SubmitLowAsync(api, end.Token);
            await Task.WhenAny(low, Task.Delay(Settling, ct));
            round.Results.Probes.Add(MachineProbe.Milliseconds());
            // Without admission each takes many seconds.
            var loaded = await ChatsAsync(api, name == With ? round.Sizes.OverloadChats : round.Sizes.OverloadChats / 4, ct);
            await end.CancelAsync();
            Note(round, name, idle, loaded, await low);
        }
    }

    static void Note(Round round, string name, double[] idle, double[] loaded, int low)
    {
        var (calm, busy) = (Numbers.Percentile(idle, 0.5), Numbers.Percentile(loaded, 0.5));
        foreach (var (metric, value) in (ReadOnlySpan<(string, double)>)
            [(Idle, calm), (Loaded, busy), ("overloaded worst", loaded.Max()), (Times, busy / calm), ("low jobs submitted", low)])
        {
            round.Results.Add(Tables.Overload, metric, name, value);
        }
        Progress.Say($"  {name,-24} first token of a high chat: idle {Numbers.Text(calm)} ms, overloaded {Numbers.Text(busy)} ms, {Numbers.Text(busy / calm)} ×");
    }

    /// <summary>Ten times a second a tenth of what comes in a second, in one call; what is late is made up.</summary>
    /// <returns>How many were submitted when it was told to end.</returns>
    static async Task<int> SubmitLowAsync(HttpClient api, CancellationToken ct)
    {
        var job = $$$"""{"input":{"user":"hi","max_tokens":{{{LowTokens}}},"min_tokens":{{{LowTokens}}},"ignore_eos":true}}""";
        var start = Stopwatch.GetTimestamp();
        var submitted = 0;
        try
        {
            while (true)
            {
                var due = (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * LowEachSecond) - submitted;
                if (due > 0)
                {
                    using var body = new StringContent(
                        $$"""{"defaults":{"owner_service":"bench","task_type":"llm_chat","priority":"low"},"jobs":[{{string.Join(',', Enumerable.Repeat(job, due))}}]}""",
                        Encoding.UTF8, "application/json");
                    using var response = await api.PostAsync(new Uri("/api/v1/jobs/batch", UriKind.Relative), body, ct);
                    await ExpectAsync(response, ct);
                    submitted += due;
                }
                await Task.Delay(TimeSpan.FromMilliseconds(100), ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return submitted;
        }
    }

    /// <summary>One after the other.</summary>
    /// <returns>Milliseconds to the first token of each.</returns>
    static async Task<double[]> ChatsAsync(HttpClient api, int count, CancellationToken ct)
    {
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            times[i] = await FirstTokenAsync(api, ct);
            await Task.Delay(Pause, ct);
        }
        return times;
    }

    static async Task<double> FirstTokenAsync(HttpClient api, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(
                """{"model":"default","messages":[{"role":"user","content":"hi"}],"stream":true,"max_tokens":5,"min_tokens":5,"ignore_eos":true}""",
                Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-Priority", "high");
        var start = Stopwatch.GetTimestamp();
        using var response = await api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        await ExpectAsync(response, ct);
        double? first = null;
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync(ct)).EnumerateAsync(ct))
        {
            if (first is null && HasText(item.Data))
            {
                first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }
        return first ?? throw new InvalidOperationException("A high chat was answered without a word.");
    }

    static async Task ExpectAsync(HttpResponseMessage response, CancellationToken ct)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(
                $"{response.RequestMessage!.RequestUri!.AbsolutePath} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(ct)}");
        }
    }

    static bool HasText(string data)
    {
        if (data == "[DONE]")
        {
            return false;
        }
        using var chunk = JsonDocument.Parse(data);
        return chunk.RootElement.TryGetProperty("choices", out var choices) && choices.GetArrayLength() > 0
            && choices[0].GetProperty("delta").TryGetProperty("content", out var text) && text.GetString() is { Length: > 0 };
    }
}
