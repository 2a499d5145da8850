using System.Diagnostics;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;
using AiPlatform.Bench.Servers;
using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench.Workloads;

/// <summary>
/// How long a token is on its way from the model server to the caller, straight and through what stands between: the server sends one each
/// <see cref="Pace"/> and writes into it when that was (fault <c>clock</c> of ModelSimulator, on the clock that all processes of a machine share).
/// </summary>
sealed class GatewayStreams : IWorkload
{
    static readonly int[] Streams = [1, 20];
    static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    public string Name => "streams";

    /// <summary>It has rounds of its own, in one running system.</summary>
    public int MostRounds => 1;

    public static string AddedPerToken(int streams, string percentile) => $"×{streams} token added {percentile}";

    public static string AddedToFirst(int streams) => $"×{streams} first token added p50";

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        await using var system = await RunningSystem.StartAsync(ct);
        await using var portkey = await Portkey.StartAsync(ct);
        await system.ArmModelAsync($"clock;every={Pace.TotalMilliseconds}ms", ct);
        var paths = ModelPath.All(system, portkey).Where(path => path.Streamed is not null).ToList();
        foreach (var path in paths)
        {
            await ReadAllAsync(path, Streams.Max(), ct);
        }
        for (var i = 0; i < round.Sizes.StreamRounds; i++)
        {
            foreach (var streams in Streams)
            {
                round.Results.Probes.Add(MachineProbe.Milliseconds());
                await MeasureAsync(round, paths, streams, ct);
            }
        }
        foreach (var path in paths)
        {
            path.Dispose();
        }
    }

    static async Task MeasureAsync(Round round, List<ModelPath> paths, int streams, CancellationToken ct)
    {
        (double First, double P50, double P99)? straight = null;
        int? tokens = null;
        foreach (var path in paths)
        {
            var read = await ReadAllAsync(path, streams, ct);
            var hops = read.SelectMany(stream => stream.Hops).ToList();
            var first = Numbers.Percentile([.. read.Select(stream => stream.First)], 0.5);
            var (p50, p99) = (Numbers.Percentile(hops, 0.5), Numbers.Percentile(hops, 0.99));
            straight ??= (first, p50, p99);
            tokens ??= hops.Count;
            if (hops.Count != tokens)
            {
                throw new InvalidOperationException($"{path.Name} streamed {hops.Count} of {tokens} tokens: a broken stream would look fast.");
            }
            round.Results.Add(Tables.Streams, $"×{streams} first token p50", path.Name, first);
            round.Results.Add(Tables.Streams, $"×{streams} token p50", path.Name, p50);
            round.Results.Add(Tables.Streams, $"×{streams} token p99", path.Name, p99);
            if (path.Name != ModelPath.Direct)
            {
                round.Results.Add(Tables.Streams, AddedToFirst(streams), path.Name, first - straight.Value.First);
                round.Results.Add(Tables.Streams, AddedPerToken(streams, "p50"), path.Name, p50 - straight.Value.P50);
                round.Results.Add(Tables.Streams, AddedPerToken(streams, "p99"), path.Name, p99 - straight.Value.P99);
            }
            Progress.Say($"  {path.Name,-24} ×{streams,-3} first token {Numbers.Text(first)} ms, each p50 {Numbers.Text(p50)} ms, p99 {Numbers.Text(p99)} ms");
        }
    }

    static Task<StreamTimes[]> ReadAllAsync(ModelPath path, int streams, CancellationToken ct) =>
        Task.WhenAll(Enumerable.Range(0, streams).Select(_ => Task.Run(() => ReadAsync(path, ct), ct)));

    static async Task<StreamTimes> ReadAsync(ModelPath path, CancellationToken ct)
    {
        var start = Stopwatch.GetTimestamp();
        using var response = await path.StreamAsync(ct);
        double? first = null;
        List<double> hops = [];
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync(ct)).EnumerateAsync(ct))
        {
            var now = Stopwatch.GetTimestamp();
            // Several tokens may come in one piece; each has its own time.
            foreach (var sent in TextOf(item.Data).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                first ??= Stopwatch.GetElapsedTime(start, now).TotalMilliseconds;
                hops.Add(Stopwatch.GetElapsedTime(long.Parse(sent, CultureInfo.InvariantCulture), now).TotalMilliseconds);
            }
        }
        return new StreamTimes(first ?? throw new InvalidOperationException($"{path.Name} streamed nothing."), hops);
    }

    static string TextOf(string data)
    {
        if (data == "[DONE]")
        {
            return "";
        }
        using var chunk = JsonDocument.Parse(data);
        return chunk.RootElement.GetProperty("choices") is { } choices && choices.GetArrayLength() > 0
            && choices[0].GetProperty("delta").TryGetProperty("content", out var text) ? text.GetString() ?? "" : "";
    }

    /// <param name="First">Milliseconds from asking to the first token.</param>
    /// <param name="Hops">Milliseconds that each token was on its way.</param>
    sealed record StreamTimes(double First, List<double> Hops);
}
