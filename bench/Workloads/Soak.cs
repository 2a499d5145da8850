using System.Net.Http.Headers;
using System.Text;
using AiPlatform.Bench.Servers;

namespace AiPlatform.Bench.Workloads;

/// <summary>An hour of mixed chats, whole and streamed, some of them left by their caller in the middle: does the memory of any process grow?</summary>
sealed class Soak : IWorkload
{
    const int Callers = 20;

    static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    /// <summary>As the report calls them, and what their command lines hold.</summary>
    static readonly (string Name, string Program)[] Processes =
        [("API", "AiPlatform.Api.dll"), ("LLM worker", "AiPlatform.LlmWorker.dll"), ("Redis", "redis-server")];

    static readonly MediaTypeHeaderValue Json = new("application/json");

    public string Name => "soak";

    public int MostRounds => 1;

    public bool IsOnlyByName => true;

    /// <summary>Of the last quarter by the second, in which everything is warm and Redis has begun to forget ended streams.</summary>
    public const string Growth = "last quarter ÷ second";

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        await using var system = await RunningSystem.StartAsync(ct);
        await system.ArmModelAsync($"clock;every={Pace.TotalMilliseconds}ms", ct);
        using var api = new HttpClient { BaseAddress = system.Address("api"), Timeout = TimeSpan.FromMinutes(1) };
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        end.CancelAfter(round.Sizes.SoakTime);

        var callers = Enumerable.Range(0, Callers).Select(number => Task.Run(() => CallAsync(api, new Random(number), end.Token), CancellationToken.None)).ToList();
        var samples = await SampleAsync(round.Sizes.SoakTime, end.Token);
        var answered = (await Task.WhenAll(callers)).Sum();
        ct.ThrowIfCancellationRequested();

        round.Results.Add(Tables.Soak, "chats", "all", answered);
        foreach (var (name, _) in Processes)
        {
            var own = samples.Where(sample => sample.Name == name).Select(sample => sample.Megabytes).ToList();
            var (second, last) = (Numbers.Median(own[(own.Count / 4)..(own.Count / 2)]), Numbers.Median(own[(own.Count * 3 / 4)..]));
            round.Results.Add(Tables.Soak, "second quarter, MiB", name, second);
            round.Results.Add(Tables.Soak, "last quarter, MiB", name, last);
            round.Results.Add(Tables.Soak, "most, MiB", name, own.Max());
            round.Results.Add(Tables.Soak, Growth, name, last / second);
        }
    }

    static async Task<List<(string Name, double Megabytes)>> SampleAsync(TimeSpan time, CancellationToken end)
    {
        List<(string, double)> samples = [];
        try
        {
            for (var minute = 0; ; minute++)
            {
                await Task.Delay(time / 120, end);
                foreach (var (name, program) in Processes)
                {
                    samples.Add((name, Memory.Of(program) ?? throw new BenchException($"{program} is not among the processes of this run.")));
                }
                if (minute % 10 == 0)
                {
                    Progress.Say("  " + string.Join(", ", samples.TakeLast(Processes.Length).Select(sample => $"{sample.Item1} {Numbers.Text(sample.Item2)} MiB")));
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return samples;
        }
    }

    /// <returns>Chats that were answered whole.</returns>
    static async Task<int> CallAsync(HttpClient api, Random random, CancellationToken end)
    {
        var answered = 0;
        while (!end.IsCancellationRequested)
        {
            var (route, streams, leaves) = random.Next(10) switch
            {
                < 4 => ("/v1/chat/completions", true, false),
                < 6 => ("/v1/chat/completions", false, false),
                < 8 => ("/chat", false, false),
                8 => ("/chat/stream", false, false),
                _ => ("/v1/chat/completions", true, true),
            };
            // No two ask the same, or a call would be taken for the retry of one that was left.
            var question = string.Join(' ', Enumerable.Repeat("go", random.Next(5, 80))) + random.Next();
            var body = $$"""{"model":"default","messages":[{"role":"user","content":"{{question}}"}]{{(streams ? ",\"stream\":true" : "")}}}""";
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, route) { Content = new StringContent(body, Encoding.UTF8, Json) };
                using var response = await api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, end);
                response.EnsureSuccessStatusCode();
                await using var answer = await response.Content.ReadAsStreamAsync(end);
                var read = leaves ? await answer.ReadAsync(new byte[64], end) : await ReadToEndAsync(answer, end);
                answered += leaves || read == 0 ? 0 : 1;
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                break;
            }
        }
        return answered;
    }

    static async Task<int> ReadToEndAsync(Stream answer, CancellationToken ct)
    {
        var (buffer, total) = (new byte[16 * 1024], 0);
        while (await answer.ReadAsync(buffer, ct) is > 0 and var read)
        {
            total += read;
        }
        return total;
    }
}
