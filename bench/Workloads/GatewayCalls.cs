using System.Diagnostics;
using AiPlatform.Bench.Servers;
using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench.Workloads;

/// <summary>What a chat through the platform (API, Postgres, Redis, worker, and back) costs beside one straight to the model server, which answers at
/// once, and beside a gateway that keeps nothing: the same question on each way in turns, so that a busy moment of the machine hits all.</summary>
sealed class GatewayCalls : IWorkload
{
    public static readonly int[] Callers = [1, 10, 64];

    public string Name => "gateway";

    /// <summary>It has rounds of its own, in one running system.</summary>
    public int MostRounds => 1;

    public static string Added(int callers, string percentile) => $"×{callers} added {percentile}";

    public static string PerSecond(int callers) => $"×{callers} requests/s";

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        await using var system = await RunningSystem.StartAsync(ct);
        await using var portkey = await Portkey.StartAsync(ct);
        var paths = ModelPath.All(system, portkey);
        foreach (var path in paths)
        {
            await CallsAsync(path, Callers.Max(), round.Sizes.GatewayWarmup, ct);
        }
        for (var i = 0; i < round.Sizes.GatewayRounds; i++)
        {
            foreach (var callers in Callers)
            {
                round.Results.Probes.Add(MachineProbe.Milliseconds());
                await MeasureAsync(round, paths, callers, ct);
            }
        }
        foreach (var path in paths)
        {
            path.Dispose();
        }
    }

    static async Task MeasureAsync(Round round, IReadOnlyList<ModelPath> paths, int callers, CancellationToken ct)
    {
        // As many for each caller, within what several at a time need to get going.
        var calls = round.Sizes.GatewayCalls * Math.Min(callers, 8);
        (double P50, double P99)? straight = null;
        foreach (var path in paths)
        {
            var start = Stopwatch.GetTimestamp();
            var times = await CallsAsync(path, callers, calls, ct);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var (p50, p99) = (Numbers.Percentile(times, 0.5), Numbers.Percentile(times, 0.99));
            straight ??= (p50, p99);
            round.Results.Add(Tables.Gateway, $"×{callers} p50", path.Name, p50);
            round.Results.Add(Tables.Gateway, $"×{callers} p99", path.Name, p99);
            round.Results.Add(Tables.Gateway, PerSecond(callers), path.Name, calls / seconds);
            if (path.Name != ModelPath.Direct)
            {
                round.Results.Add(Tables.Gateway, Added(callers, "p50"), path.Name, p50 - straight.Value.P50);
                round.Results.Add(Tables.Gateway, Added(callers, "p99"), path.Name, p99 - straight.Value.P99);
            }
            Progress.Say($"  {path.Name,-24} ×{callers,-3} p50 {Numbers.Text(p50)} ms, p99 {Numbers.Text(p99)} ms, {Numbers.Text(calls / seconds)}/s");
        }
    }

    /// <summary>Closed loop: each caller asks again when it has its answer.</summary>
    static async Task<List<double>> CallsAsync(ModelPath path, int callers, int calls, CancellationToken ct)
    {
        var left = calls;
        var times = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(CallerAsync, ct)));
        return [.. times.SelectMany(own => own)];

        async Task<List<double>> CallerAsync()
        {
            List<double> own = [];
            while (Interlocked.Decrement(ref left) >= 0)
            {
                own.Add(await path.CallAsync(ct));
            }
            return own;
        }
    }
}
