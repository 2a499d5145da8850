using System.Text.Json;
using AiPlatform.Testing;
using Npgsql;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>What may succeed at another time is told from what never will. The server raises what a result asks for.</summary>
public sealed class StoreErrorTests(StoreErrorTests.RaisingHost raising) : IClassFixture<StoreErrorTests.RaisingHost>
{
    JobsHost Host => raising.Host;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PostgresErrorCodes.DiskFull)]
    [InlineData(PostgresErrorCodes.OutOfMemory)]
    [InlineData(PostgresErrorCodes.ConfigurationLimitExceeded)]
    [InlineData(PostgresErrorCodes.IoError)]
    [InlineData(PostgresErrorCodes.ReadOnlySqlTransaction)]
    [InlineData(PostgresErrorCodes.LockNotAvailable)]
    [InlineData(PostgresErrorCodes.DatabaseDropped)]
    [InlineData(PostgresErrorCodes.DeadlockDetected)]
    [InlineData(PostgresErrorCodes.SerializationFailure)]
    public async Task What_may_pass_is_an_absence_of_the_store(string code)
    {
        var claim = await Host.StartJobAsync(Job(task: NewTask()));
        var failure = await Assert.ThrowsAsync<StoreUnavailableException>(() => Host.Queue.CompleteAsync(JobFence.Of(claim), Raise(code), Ct));
        Assert.Equal(code, Assert.IsType<PostgresException>(failure.InnerException).SqlState);
        await Host.CompleteAsync(claim);
    }

    [Theory]
    [InlineData(PostgresErrorCodes.UntranslatableCharacter)]
    [InlineData(PostgresErrorCodes.CheckViolation)]
    [InlineData(PostgresErrorCodes.TransactionIntegrityConstraintViolation)]
    [InlineData(PostgresErrorCodes.UndefinedColumn)]
    public async Task What_will_not_pass_is_told_as_it_is(string code)
    {
        var claim = await Host.StartJobAsync(Job(task: NewTask()));
        var failure = await Assert.ThrowsAsync<PostgresException>(() => Host.Queue.CompleteAsync(JobFence.Of(claim), Raise(code), Ct));
        Assert.Equal(code, failure.SqlState);
    }

    [Theory]
    [InlineData(PostgresErrorCodes.DeadlockDetected)]
    [InlineData(PostgresErrorCodes.SerializationFailure)]
    public async Task What_was_undone_for_another_transaction_is_tried_again(string code)
    {
        var claim = await Host.StartJobAsync(Job(task: NewTask()));
        await Host.CompleteAsync(claim, Raise(code, upTo: await raising.RaisedAsync() + 2).GetRawText());
    }

    [Fact]
    public async Task A_store_that_cannot_write_is_not_asked_for_each_of_many_writes()
    {
        var task = NewTask();
        await Host.Queue.SubmitAsync([.. Enumerable.Range(0, 60).Select(_ => Job(task: task))], Ct);
        var claims = await Host.ClaimAsync(limit: 60, task: task);
        var before = await raising.RaisedAsync();
        var writes = claims.Select(claim => Host.Queue.CompleteAsync(JobFence.Of(claim), Raise("53100"), Ct)).ToArray();
        foreach (var write in writes)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => write);
        }
        Assert.InRange(await raising.RaisedAsync() - before, 1, 20);
    }

    /// <param name="upTo">The last of the errors, counted over the whole class.</param>
    static JsonElement Raise(string code, long upTo = long.MaxValue) => Json($$"""{"raise":"{{code}}","up_to":{{upTo}}}""");

    public sealed class RaisingHost(Stores stores) : IAsyncLifetime
    {
        JobsHost? _host;

        internal JobsHost Host => _host ?? throw new InvalidOperationException("The fixture was not initialized.");

        public async ValueTask InitializeAsync()
        {
            _host = await JobsHost.StartAsync(stores, maintenance: false);
            await Host.BuildEmptyAsync();
            await Host.ExecuteAsync(
                """
                create sequence raised;   -- counts on when a transaction is undone
                select nextval('raised');
                create function raise_as_asked() returns trigger language plpgsql as $$
                begin
                  if new.result ->> 'raise' is not null and nextval('raised') <= (new.result ->> 'up_to')::bigint then
                    raise exception 'as asked' using errcode = new.result ->> 'raise';
                  end if;
                  return new;
                end $$;
                create trigger raise_as_asked before insert on job_result for each row execute function raise_as_asked();
                """);
        }

        public async Task<long> RaisedAsync() => (await Host.QueryAsync("select last_value from raised", row => row.GetInt64(0)))[0];

        public ValueTask DisposeAsync() => _host?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
