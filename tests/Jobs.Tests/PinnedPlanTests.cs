using System.Text.Json;
using System.Text.RegularExpressions;
using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using Npgsql;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>The statements of the hot path find their rows by primary key, whatever the planner believes of the tables.</summary>
public sealed partial class PinnedPlanTests(Stores stores, PinnedPlanTests.MisledHost misled) : IClassFixture<PinnedPlanTests.MisledHost>
{
    public static TheoryData<string> Pinned =>
        [.. SqlFile.Sources().SelectMany(source => PinnedStatement().Matches(source)).Select(match => match.Groups["name"].Value).Distinct().Order()];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Pinned))]
    public async Task A_pinned_statement_reads_the_job_by_its_primary_key_alone(string name)
    {
        var reads = await ReadsAsync(misled.Host.Get<PinnedPlans>().Source, name);
        // Those that have no ids read the jobs where they stand in line.
        var way = name is "ended_batch_lines" or "open_batch_jobs" ? @"^Index (Only )?Scan using (\w*_pkey|batch_line_with_job)$"
            : name is "claim_in_order" or "arrivals_page" ? @"^Index (Only )?Scan using (\w*_pkey|job_open_in_order)$" : @"^Index (Only )?Scan using \w*_pkey$";
        Assert.All(reads, read => Assert.Matches(way, read));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_claim_without_Redis_reads_the_line_in_its_order_whatever_the_backlog(bool looked)
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.ExecuteAsync("""
            alter table job_open set (autovacuum_enabled = false);
            analyze job_open;
            insert into job_open (id, seq, lane, owner, priority, max_attempts, run_at)
            select gen_random_uuid(), i, 1 + i % 5, 1, 1 + i % 3 * 2, 3, now() from generate_series(1, 100000) i;
            """);
        if (looked)
        {
            await host.ExecuteAsync("analyze job_open");
        }
        var reads = await ReadsAsync(host.Get<PinnedPlans>().Source, "claim_in_order");
        Assert.Contains("Index Scan using job_open_in_order", reads);
        Assert.DoesNotContain(reads, read => read.StartsWith("Seq Scan", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_the_pin_the_same_statistics_lead_to_reading_whole_tables()
    {
        var reads = new List<string>();
        foreach (var row in Pinned)
        {
            reads.AddRange(await ReadsAsync(misled.Host.Get<NpgsqlDataSource>(), row.Data));
        }
        Assert.Contains(reads, read => read.StartsWith("Seq Scan on job", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("submit_jobs")]
    [InlineData("submit_keyless_jobs")]
    [InlineData("claim_jobs")]
    [InlineData("claim_in_order")]
    [InlineData("renew_leases")]
    [InlineData("complete_jobs")]
    [InlineData("fail_jobs")]
    [InlineData("release_jobs")]
    [InlineData("get_jobs")]
    [InlineData("open_rows")]
    public void Every_statement_of_the_hot_path_is_pinned(string name) => Assert.Contains(name, Pinned.Select(row => row.Data));

    /// <summary>How a statement's generic plan reads the tables of jobs, one line a table.</summary>
    static async Task<List<string>> ReadsAsync(NpgsqlDataSource source, string name)
    {
        var text = EmbeddedText.Get(name + ".sql");
        var nulls = string.Join(", ", SqlFile.Parameters(text).Select(_ => "null"));
        await using var connection = await source.OpenConnectionAsync(Ct);
        await using var prepare = new NpgsqlCommand($"set plan_cache_mode = force_generic_plan; prepare p {SqlFile.Types(text)} as {text}", connection);
        await prepare.ExecuteNonQueryAsync(Ct);
        await using var explain = new NpgsqlCommand($"explain (format json) execute p ({nulls})", connection);
        var plan = JsonElement.Parse((string)(await explain.ExecuteScalarAsync(Ct))!);
        await using var forget = new NpgsqlCommand("deallocate p; reset plan_cache_mode", connection);
        await forget.ExecuteNonQueryAsync(Ct);
        return [.. Nodes(plan[0].GetProperty("Plan")).Where(ReadsJobs).Select(Line)];
    }

    static bool ReadsJobs(JsonElement node) =>
        node.GetProperty("Node Type").GetString() is not "ModifyTable"
        && (node.TryGetProperty("Index Name", out _)
            || (node.TryGetProperty("Relation Name", out var table) && table.GetString()!.StartsWith("job", StringComparison.Ordinal)));

    static string Line(JsonElement node) => node.TryGetProperty("Index Name", out var index)
        ? $"{node.GetProperty("Node Type")} using {index}"
        : $"{node.GetProperty("Node Type")} on {node.GetProperty("Relation Name")}";

    static IEnumerable<JsonElement> Nodes(JsonElement node) => node.TryGetProperty("Plans", out var plans)
        ? plans.EnumerateArray().SelectMany(Nodes).Prepend(node)
        : [node];

    [GeneratedRegex(@"Statement\(""(?<name>\w+)""\)\.Pinned\(\)")]
    private static partial Regex PinnedStatement();

    /// <summary>Jobs in every state, in tables that were last looked at when they were empty.</summary>
    public sealed class MisledHost(Stores stores) : IAsyncLifetime
    {
        JobsHost? _host;

        internal JobsHost Host => _host ?? throw new InvalidOperationException("The fixture was not initialized.");

        public async ValueTask InitializeAsync()
        {
            _host = await JobsHost.StartAsync(stores, maintenance: false);
            await Host.BuildEmptyAsync();
            await Host.ExecuteAsync("alter table job_open set (autovacuum_enabled = false); analyze job; analyze job_open; analyze job_result");
            await Host.Queue.SubmitAsync([.. Enumerable.Range(0, 2_000).Select(_ => Job())], TestContext.Current.CancellationToken);
            foreach (var claim in await Host.ClaimAsync(limit: 500))
            {
                await Host.CompleteAsync(claim);
            }
            await Host.ExecuteAsync("update pg_class set reltuples = 1, relpages = 1 where relname like 'job%' and relkind = 'r' and relnamespace = current_schema()::regnamespace");
        }

        public ValueTask DisposeAsync() => _host?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
