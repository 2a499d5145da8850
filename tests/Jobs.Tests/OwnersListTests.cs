using AiPlatform.Contracts;
using AiPlatform.Testing;
using Npgsql;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>A list for a caller of few owners costs what those have, not what everybody has.</summary>
public sealed class OwnersListTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_jobs_of_few_owners_are_found_by_the_index_of_owners()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.ExecuteAsync("""
            insert into job (id, owner_service, task_type, model_profile, priority, max_attempts, input)
            select gen_random_uuid(), case when i % 4000 = 0 then 'few' else 'many' end, 'llm_chat', 'default', 3, 3, '{}' from generate_series(1, 20000) i;
            analyze job;
            """);
        foreach (var role in (string[])["", "select set_config('role', 'aiplatform_tenant', true);"])
        {
            var few = await PlanAsync(host, role, "array['few']");
            Assert.Contains("job_rest_owner_service_owner_ref_id_idx", few, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"Seq Scan on job_rest|job_rest_pkey", few);
        }
        // Of all owners, the newest are the first: nobody's index helps.
        Assert.DoesNotContain("owner_ref_id_idx", await PlanAsync(host, "", "null"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list_open_jobs.sql", ", null")]
    [InlineData("matching_open.sql", "")]
    public async Task The_open_jobs_of_few_owners_are_found_by_the_index_of_owners(string file, string more)
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.ExecuteAsync("""
            insert into owner (name) values ('few'), ('many');
            insert into job (id, owner_service, task_type, model_profile, priority, max_attempts, input)
            select gen_random_uuid(), case when i % 4000 = 0 then 'few' else 'many' end, 'llm_chat', 'default', 3, 3, '{}' from generate_series(1, 20000) i;
            insert into job_open (id, seq, lane, owner, priority, max_attempts, run_at)
            select j.id, row_number() over (), 1, w.id, 3, 3, now() from job j join owner w on w.name = j.owner_service;
            analyze job; analyze job_open; analyze owner;
            """);
        var few = await PlanAsync(host, "", "array['few']" + more, file);
        Assert.Contains("job_rest_owner_service_owner_ref_id_idx", few, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on job_open", few, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_plan_of_a_list_is_made_for_the_owners_that_are_asked_for()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.SubmitAsync(Job(owner: "few"));
        for (var i = 0; i < 10; i++)
        {
            Assert.Single((await host.Queue.ListAsync(new JobScope(null, ["few"]), new JobFilter(), null, 10, Ct)).Jobs);
        }
        // What is prepared may be planned once for all owners.
        Assert.Equal([0L], await host.QueryAsync("select count(*) from pg_prepared_statements where statement like '-- One page of jobs%'", row => row.GetInt64(0)));
    }

    static async Task<string> PlanAsync(JobsHost host, string role, string owners, string file = "list_jobs.sql")
    {
        var text = EmbeddedText.Get(file);
        await using var connection = await host.Get<NpgsqlDataSource>().OpenConnectionAsync(Ct);
        await using var transaction = await connection.BeginTransactionAsync(Ct);
        await using var command = new NpgsqlCommand(
            $"{role} set local plan_cache_mode = force_custom_plan; prepare l {SqlFile.Types(text)} as {text}; "
            + $"explain execute l ('ffffffff-ffff-ffff-ffff-ffffffffffff', 50, null, null, null, null, null, null, null, null, null, {owners})", connection);
        List<string> lines = [];
        await using (var reader = await command.ExecuteReaderAsync(Ct))
        {
            do
            {
                while (await reader.ReadAsync(Ct))
                {
                    lines.Add(reader.GetString(0));
                }
            }
            while (await reader.NextResultAsync(Ct));
        }
        await transaction.RollbackAsync(Ct);
        await using var forget = new NpgsqlCommand("deallocate l", connection);
        await forget.ExecuteNonQueryAsync(Ct);
        return string.Join('\n', lines);
    }
}
