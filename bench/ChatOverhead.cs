using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;

namespace AiPlatform.Bench;

/// <summary>What <c>/chat</c> adds to the model's own time, one call at a time: the same question to the model server and through the platform
/// (API, Postgres, Redis, worker, and back), in turns, so that a busy moment of the machine hits both.</summary>
static class ChatOverhead
{
    const int Warmup = 300;
    const int Rounds = 5;
    const int CallsPerRound = 400;

    public static async Task<string> MeasureAsync(RunningSystem system, CancellationToken ct)
    {
        using var model = system.Client("model-simulator");
        using var api = system.Client("api");
        Task<double> Direct() => CallAsync(
            model, "/v1/chat/completions", """{"model":"qwen2.5-14b","messages":[{"role":"user","content":"hi"}]}""", ct);
        Task<double> Through() => CallAsync(api, "/chat", """{"user":"hi"}""", ct);

        for (var i = 0; i < Warmup; i++)
        {
            await Direct();
            await Through();
        }

        List<Round> rounds = [];
        for (var round = 0; round < Rounds; round++)
        {
            List<double> direct = [], through = [];
            for (var i = 0; i < CallsPerRound; i++)
            {
                direct.Add(await Direct());
                through.Add(await Through());
            }
            rounds.Add(new Round(
                Percentile(direct, 0.5), Percentile(direct, 0.99), Percentile(through, 0.5), Percentile(through, 0.99)));
        }
        return Report(rounds);
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

    static double Percentile(List<double> values, double part)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)Math.Ceiling(part * sorted.Length) - 1];
    }

    static string Report(List<Round> rounds)
    {
        var table = new StringBuilder();
        table.AppendLine("# What /chat adds to the model's own time");
        table.AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"`./dev bench` · {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        table.AppendLine(CultureInfo.InvariantCulture, $"One call at a time, {CallsPerRound} of each kind a round, in turns; everything on one machine. Milliseconds.");
        table.AppendLine();
        table.AppendLine("| round | model p50 | model p99 | /chat p50 | /chat p99 | added p50 | added p99 |");
        table.AppendLine("|---|---|---|---|---|---|---|");
        foreach (var (i, round) in rounds.Index())
        {
            table.AppendLine(Row($"{i + 1}", round));
        }
        table.AppendLine(Row("median", new Round(
            Percentile([.. rounds.Select(round => round.ModelP50)], 0.5), Percentile([.. rounds.Select(round => round.ModelP99)], 0.5),
            Percentile([.. rounds.Select(round => round.ChatP50)], 0.5), Percentile([.. rounds.Select(round => round.ChatP99)], 0.5))));
        return table.ToString();
    }

    static string Row(string name, Round round) => string.Create(CultureInfo.InvariantCulture,
        $"| {name} | {round.ModelP50:0.00} | {round.ModelP99:0.00} | {round.ChatP50:0.00} | {round.ChatP99:0.00} "
        + $"| {round.ChatP50 - round.ModelP50:0.00} | {round.ChatP99 - round.ModelP99:0.00} |");

    readonly record struct Round(double ModelP50, double ModelP99, double ChatP50, double ChatP99);
}
