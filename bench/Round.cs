using AiPlatform.Bench.Report;
using AiPlatform.Bench.Servers;
using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench;

/// <summary>One round: every system has one session, which the workloads share as long as they leave its queue empty.</summary>
sealed class Round(BenchServers servers, IReadOnlyList<SystemUnderTest> systems, Sizes sizes, Results results, int number) : IAsyncDisposable
{
    readonly Dictionary<SystemUnderTest, Session> _sessions = [];

    /// <summary>From 1.</summary>
    public int Number => number;

    public Sizes Sizes => sizes;

    public Results Results => results;

    public BenchServers Servers => servers;

    public IReadOnlyList<SystemUnderTest> Systems => systems;

    public async Task<Session> SessionAsync(SystemUnderTest system, CancellationToken ct)
    {
        if (!_sessions.TryGetValue(system, out var session))
        {
            session = await Session.OpenAsync(system, servers, ct);
            _sessions.Add(system, session);
            results.Describe(system, session.Hello);
        }
        return session;
    }

    /// <summary>Ends the session of a system that was left with jobs, so that the next one begins with an empty queue.</summary>
    public async Task EndAsync(SystemUnderTest system)
    {
        if (_sessions.Remove(system, out var session))
        {
            await session.DisposeAsync();
        }
    }

    /// <summary>Asks and measures, after a look at how fast the machine is at the moment.</summary>
    public async Task<(Answer Answer, Cost Cost)> MeasureAsync(Session session, Command command, CancellationToken ct)
    {
        results.Probes.Add(MachineProbe.Milliseconds());
        return await session.MeasureAsync(command, ct);
    }

    /// <summary>Notes a value and shows it.</summary>
    public void Note(string table, string metric, SystemUnderTest system, double value)
    {
        results.Add(table, metric, system.Name, value);
        Progress.Say($"  {system.Name,-24} {metric,-28} {Numbers.Text(value)}");
    }

    /// <summary>Notes the median and the p99 of this round; where it has too few samples for a p99, that is taken of all rounds.</summary>
    /// <param name="prefix">Of both metrics.</param>
    public void NoteLatency(string table, string prefix, SystemUnderTest system, double[] samples)
    {
        Note(table, $"{prefix}p50", system, Numbers.Percentile(samples, 0.5));
        if (samples.Length >= Series.LeastForTail)
        {
            Note(table, $"{prefix}p99", system, Numbers.Percentile(samples, 0.99));
            return;
        }
        results.Pool(table, $"{prefix}p99", system.Name, samples);
        Progress.Say($"  {system.Name,-24} {$"{prefix}worst of {samples.Length}",-28} {Numbers.Text(samples.Max())}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions.Values)
        {
            await session.DisposeAsync();
        }
    }
}
