using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using AiPlatform.Bench.Servers;

namespace AiPlatform.Bench.Workloads;

/// <summary>What <c>/chat</c> adds to the model's own time, one call at a time: the same question to the model server and through the platform
/// (API, Postgres, Redis, worker, and back), in turns, so that a busy moment of the machine hits both.</summary>
sealed class ChatOverhead : IWorkload
{
    public const string Platform = "AiPlatform";

    public const string AddedP50 = "added p50";
    public const string AddedP99 = "added p99";

    public string Name => "chat";

    /// <summary>It has rounds of its own, in one running system.</summary>
    public int MostRounds => 1;

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        await using var system = await RunningSystem.StartAsync(ct);
        using var model = system.Client("model-simulator");
        using var api = system.Client("api");
        Task<double> Direct() => CallAsync(
            model, "/v1/chat/completions", """{"model":"qwen2.5-14b","messages":[{"role":"user","content":"hi"}]}""", ct);
        Task<double> Through() => CallAsync(api, "/chat", """{"user":"hi"}""", ct);

        for (var i = 0; i < round.Sizes.ChatWarmup; i++)
        {
            await Direct();
            await Through();
        }
        for (var i = 0; i < round.Sizes.ChatRounds; i++)
        {
            round.Results.Probes.Add(MachineProbe.Milliseconds());
            List<double> direct = [], through = [];
            for (var call = 0; call < round.Sizes.ChatCalls; call++)
            {
                direct.Add(await Direct());
                through.Add(await Through());
            }
            Note(round, direct, through);
        }
    }

    static void Note(Round round, List<double> direct, List<double> through)
    {
        var (model50, model99) = (Numbers.Percentile(direct, 0.5), Numbers.Percentile(direct, 0.99));
        var (chat50, chat99) = (Numbers.Percentile(through, 0.5), Numbers.Percentile(through, 0.99));
        foreach (var (metric, value) in (ReadOnlySpan<(string, double)>)
            [("model p50", model50), ("model p99", model99), ("/chat p50", chat50), ("/chat p99", chat99), (AddedP50, chat50 - model50), (AddedP99, chat99 - model99)])
        {
            round.Results.Add(Tables.Chat, metric, Platform, value);
        }
        Progress.Say($"  /chat added p50 {Numbers.Text(chat50 - model50)} ms, p99 {Numbers.Text(chat99 - model99)} ms");
    }

    /// <summary>Milliseconds to the last byte of a good answer.</summary>
    static async Task<double> CallAsync(HttpClient client, string path, string body, CancellationToken ct)
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        var start = Stopwatch.GetTimestamp();
        using var response = await client.PostAsync(new Uri(path, UriKind.Relative), content, ct);
        var text = await response.Content.ReadAsStringAsync(ct);
        var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return response.IsSuccessStatusCode ? elapsed : throw new InvalidOperationException($"{path} answered {(int)response.StatusCode}: {text}");
    }
}
