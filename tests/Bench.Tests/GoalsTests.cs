using AiPlatform.Bench.Report;
using AiPlatform.Bench.Systems;
using AiPlatform.Bench.Workloads;

namespace AiPlatform.Bench.Tests;

/// <summary>Reached or missed, from what was measured.</summary>
public sealed class GoalsTests
{
    readonly Results _results = new();

    [Theory]
    [InlineData(240, true)]
    [InlineData(239, false)]
    public void Throughput_must_be_so_many_times_theirs(double ours, bool met)
    {
        Measured(Tables.Throughput, Tables.Bulk, SystemUnderTest.Jobs, ours - 100, ours, ours + 100);
        Measured(Tables.Throughput, Tables.Bulk, SystemUnderTest.BullMq, 1, 120, 150);
        Assert.Equal(("≥ 2.00", ours / 120, met), Verdict("bulk adds: × BullMQ"));
    }

    [Fact]
    public void The_best_of_several_peers_counts()
    {
        Measured(Tables.Throughput, Tables.Bulk, SystemUnderTest.Jobs, 200);
        Measured(Tables.Throughput, Tables.Bulk, SystemUnderTest.Graphile, 50);
        Measured(Tables.Throughput, Tables.Bulk, SystemUnderTest.PgBoss, 160);
        Assert.Equal(("≥ 1.30", 1.25, false), Verdict("bulk adds: × the best Postgres peer"));
    }

    [Theory]
    [InlineData(1.2, true)]
    [InlineData(1.3, false)]
    public void Latency_must_be_at_most_so_many_times_theirs(double ours, bool met)
    {
        Measured(Tables.Pickup, "50/s p50", SystemUnderTest.Jobs, ours);
        Measured(Tables.Pickup, "50/s p50", SystemUnderTest.BullMq, 1);
        Assert.Equal(("≤ 1.20", ours, met), Verdict("pickup at 50/s, p50: × BullMQ"));
    }

    [Fact]
    public void What_was_not_measured_has_no_verdict()
    {
        Measured(Tables.Throughput, Tables.Drain, SystemUnderTest.Jobs, 1_000);
        Assert.Empty(Goals.Of(_results));
    }

    [Fact]
    public void A_tail_is_taken_of_all_rounds_and_is_no_p99_before_there_are_enough_samples()
    {
        Pooled(SystemUnderTest.Jobs, from: 1, count: 50);
        Pooled(SystemUnderTest.BullMq, from: 1, count: 50);
        Assert.Equal(("1/s worst of 50", 50.0), Tail());
        Assert.Empty(Goals.Of(_results));

        Pooled(SystemUnderTest.Jobs, from: 51, count: 50);
        Pooled(SystemUnderTest.BullMq, from: 51, count: 50);
        Assert.Equal(("1/s p99 of 100", 99.0), Tail());
        Assert.Equal(("≤ 1.00", 1.0, true), Verdict("pickup at 1/s, p99: × BullMQ"));
    }

    [Fact]
    public void Goals_say_the_sizes_that_were_run()
    {
        var quick = new Results { Sizes = Sizes.Quick };
        quick.Add(Tables.Backlog, Backlog.FreshDrain, SystemUnderTest.Jobs.Name, 100);
        quick.Add(Tables.Backlog, Backlog.FullDrain, SystemUnderTest.Jobs.Name, 90);
        Assert.Equal(("50,000 waiting: drain, × fresh", "≥ 0.80", 0.9, true), Assert.Single(Goals.Of(quick)));
        Assert.Contains("snapshot: 1 s without, then twice 1 s held", Markdown.Of(quick), StringComparison.Ordinal);
    }

    void Measured(string table, string metric, SystemUnderTest system, params double[] values)
    {
        foreach (var value in values)
        {
            _results.Add(table, metric, system.Name, value);
        }
    }

    void Pooled(SystemUnderTest system, int from, int count) =>
        _results.Pool(Tables.Pickup, "1/s p99", system.Name, Enumerable.Range(from, count).Select(n => (double)n));

    (string, double) Tail() => _results.Find(Tables.Pickup, "1/s p99", SystemUnderTest.Jobs.Name) is { } series ? (series.Label, series.Value) : default;

    (string, double, bool) Verdict(string text) =>
        Assert.Single(Goals.Of(_results), goal => goal.Text == text) is var (_, limit, measured, met) ? (limit, measured, met) : default;
}
