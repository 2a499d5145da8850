using System.Runtime.InteropServices;
using System.Text.Json;
using AiPlatform.Bench.Report;
using AiPlatform.Bench.Servers;
using AiPlatform.Bench.Systems;
using AiPlatform.Bench.Workloads;

namespace AiPlatform.Bench;

/// <summary>The whole run: servers, rounds, report.</summary>
static class BenchRun
{
    /// <summary>In the order of a round: those that leave their queue full come last.</summary>
    static readonly IWorkload[] Workloads =
    [
        new Throughput(), new Pickup(), new RoundTrip(), new PriorityOrder(), new NoisyCaller(), new HttpSubmit(), new Backlog(), new History(),
        new HeldSnapshot(), new GatewayCalls(), new GatewayStreams(), new Overload(), new Statistics(), new FairShares(), new Telemetry(), new Audio(), new SpeechTimes(), new Soak(), new Crowd(),
    ];

    static string Folder => Path.Combine(Own.Root, "bench", "results");

    static string ChartFile => Path.Combine(Own.Root, "docs", "performance.svg");

    public static async Task RunAsync(string[] args, CancellationToken ct)
    {
        if (args is ["chart", var file])
        {
            await DrawAsync(JsonSerializer.Deserialize(await File.ReadAllTextAsync(file, ct), ResultsJson.Default.Results)!, ct);
            return;
        }
        var arguments = BenchArguments.Read(
            args,
            [.. Workloads.Where(workload => !workload.IsOnlyByName).Select(workload => workload.Name)],
            [.. Workloads.Where(workload => workload.IsOnlyByName).Select(workload => workload.Name)]);
        var chosen = Workloads.Where(workload => arguments.Names.Contains(workload.Name)).ToList();
        var systems = arguments.OursOnly ? [.. SystemUnderTest.All.Where(system => system.Level is not null)] : SystemUnderTest.All;
        var sizes = arguments.Quick ? Sizes.Quick : Sizes.Full;
        var rounds = arguments.Rounds ?? sizes.Rounds;

        if (systems.Any(system => system.Program is not null) && chosen.Any(workload => workload is not (GatewayCalls or GatewayStreams or Overload or HttpSubmit or History or Statistics or FairShares or Telemetry or Soak or Crowd or Audio or SpeechTimes)))
        {
            Progress.Say("Installing the peers …");
            await Peers.InstallAsync(ct);
        }
        Progress.Say("Starting Postgres and Redis …");
        await using var servers = await BenchServers.StartAsync(ct);
        var results = new Results
        {
            Date = $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd}",
            Command = $"./dev bench {string.Join(' ', args)}".TrimEnd(),
            Rounds = rounds,
            Sizes = sizes,
            Machine =
            [
                $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}; servers and clients share them",
                .. servers.Description,
            ],
        };
        for (var number = 1; number <= rounds; number++)
        {
            await using var round = new Round(servers, systems, sizes, results, number);
            foreach (var workload in chosen.Where(workload => number <= workload.MostRounds))
            {
                Progress.Say($"Round {number} of {rounds}: {workload.Name}");
                await workload.RunAsync(round, ct);
            }
        }
        await WriteAsync(results, arguments, ct);
    }

    static async Task WriteAsync(Results results, BenchArguments arguments, CancellationToken ct)
    {
        results.Minutes = Math.Round(Progress.Elapsed.TotalMinutes, 1);
        Directory.CreateDirectory(Folder);
        var path = Path.Combine(Folder, $"{results.Date}-{arguments.Label}");
        var report = Markdown.Of(results);
        await File.WriteAllTextAsync($"{path}.json", JsonSerializer.Serialize(results, ResultsJson.Default.Results) + "\n", ct);
        await File.WriteAllTextAsync($"{path}.md", report, ct);
        Console.WriteLine();
        Console.WriteLine(report);
        Progress.Say($"Written: {path}.md and .json");
        // Only a complete run is worth a place in the documents.
        if (arguments.Complete)
        {
            await DrawAsync(results, ct);
        }
    }

    static async Task DrawAsync(Results results, CancellationToken ct)
    {
        if (Chart.Of(results) is { } chart)
        {
            await File.WriteAllTextAsync(ChartFile, chart, ct);
            Progress.Say($"Drawn: {ChartFile}");
        }
    }
}
