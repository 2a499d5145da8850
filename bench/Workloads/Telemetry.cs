using AiPlatform.Bench.Servers;
using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench.Workloads;

/// <summary>The same bulk adds and drains without telemetry and with all of it, in turns.</summary>
sealed class Telemetry : IWorkload
{
    const int Steps = 2;

    /// <summary>Times the jobs of other drains: those end before checkpoints and the exporters' batches have evened out.</summary>
    const int Longer = 4;

    public string Name => "telemetry";

    public bool IsOnlyByName => true;

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        await using var receiver = await OtlpSink.StartAsync(ct);
        var observed = SystemUnderTest.JobsObserved with
        {
            Environment = new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address.AbsoluteUri,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            },
        };
        var jobs = Longer * round.Sizes.Total;
        for (var step = 0; step < Steps; step++)
        {
            foreach (var system in (SystemUnderTest[])[SystemUnderTest.Jobs, observed])
            {
                var session = await round.SessionAsync(system, ct);
                await session.AskAsync(new Command("bulk", jobs), ct);
                var (drained, _) = await round.MeasureAsync(session, new Command("drain", jobs, Slots: Session.Slots), ct);
                round.Note(Tables.Telemetry, Tables.Drain, system, jobs / drained.Ms * 1_000);
            }
        }
        if (receiver.Received == 0)
        {
            throw new BenchException("No telemetry was received: what was measured is not what it says.");
        }
        await round.EndAsync(observed);
    }
}
