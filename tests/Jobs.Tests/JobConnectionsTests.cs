using Npgsql;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Tests;

public sealed class JobConnectionsTests
{
    const string Secret = "s3cret";
    const string NeitherForm = "REDIS_URL is neither 'redis://:password@host:port/database' nor a StackExchange.Redis configuration.";
    const string NamedUser = "REDIS_URL names a user; only the default user's password is supported: 'redis://:password@host:port'.";

    [Theory]
    [InlineData("postgres://me:p%40ss%3A%2F@db.example:5433/jobs?sslmode=require&connect_timeout=3&application_name=mine")]
    [InlineData("Host=db.example;Port=5433;Username=me;Password=p@ss:/;Database=jobs;SSL Mode=Require;Timeout=3;Application Name=mine")]
    public void Both_forms_of_a_Postgres_address_say_the_same(string text)
    {
        var settings = Read(text);
        Assert.Equal(
            ("db.example", 5433, "me", "p@ss:/", "jobs", SslMode.Require, 3, "mine"),
            (settings.Host, settings.Port, settings.Username, settings.Password, settings.Database, settings.SslMode, settings.Timeout,
                settings.ApplicationName));
    }

    [Fact]
    public void What_a_Postgres_address_leaves_out_is_filled_in()
    {
        var settings = Read("postgresql://db/jobs");
        Assert.Equal(
            ("db", 5432, null, null, "api", 0, 5, 30),
            (settings.Host, settings.Port, settings.Username, settings.Password, settings.ApplicationName, settings.MaxAutoPrepare, settings.Timeout,
                settings.KeepAlive));
    }

    [Theory]
    [InlineData("sslmode=verify-full", SslMode.VerifyFull)]
    [InlineData("sslmode=verify-ca", SslMode.VerifyCA)]
    [InlineData("sslmode=disable", SslMode.Disable)]
    public void The_modes_of_sslmode_are_known_by_their_own_names(string parameter, SslMode expected) =>
        Assert.Equal(expected, Read($"postgres://db/jobs?{parameter}").SslMode);

    [Theory]
    [InlineData("Host=db;Database=jobs;Timeout=0")]
    [InlineData("Host=db;Database=jobs;Timeout=300")]
    public void Nobody_waits_long_for_a_Postgres_that_is_away(string text) => Assert.Equal(5, Read(text).Timeout);

    [Theory]
    [InlineData("Host=db;Database=jobs", 15)]
    [InlineData("Host=db;Database=jobs;Command Timeout=60", 60)]
    [InlineData("postgres://db/jobs", 15)]
    public void A_statement_on_a_dead_connection_is_given_up_soon(string text, int seconds) => Assert.Equal(seconds, Read(text).CommandTimeout);

    [Theory]
    [InlineData("redis:6379,password=p", "redis:6379,password=p,keepAlive=3")]
    [InlineData("redis:6379,keepAlive=60", "redis:6379,keepAlive=60")]
    public void A_silent_connection_to_Redis_is_given_up_soon(string text, string expected) => Assert.Equal(expected, JobConnections.KeptAlive(text));

    [Theory]
    [InlineData($"mysql://root:{Secret}@db/jobs")]
    [InlineData($"postgres://me:{Secret}@db")]
    [InlineData($"postgres://me:{Secret}@db/")]
    [InlineData($"postgres://me:{Secret}@:x/jobs")]
    [InlineData($"postgres://me:{Secret}@db/jobs?sslmode={Secret}")]
    [InlineData($"postgres://me:{Secret}@db/jobs?{Secret}")]
    [InlineData($"postgres://me:{Secret}@db/jobs?nonsense={Secret}")]
    [InlineData($"postgres://db/jobs?connect_timeout={Secret}")]
    [InlineData($"Host=db;Password=a;{Secret}=b")]
    [InlineData(Secret)]
    public void A_Postgres_address_that_cannot_be_read_is_refused_without_repeating_it(string text)
    {
        var failure = Assert.Throws<FormatException>(() => JobConnections.Postgres(text, "api"));
        Assert.Equal("DATABASE_URL is neither 'postgres://user:password@host:port/database' nor an Npgsql connection string.", failure.Message);
        Assert.DoesNotContain(Secret, failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redis://cache", "cache:6379")]
    [InlineData("redis://cache:7000/", "cache:7000")]
    [InlineData("redis://:pass@cache", "cache:6379,password=pass")]
    [InlineData("redis://default:p%40ss%3D@cache", "cache:6379,password=p@ss=")]
    [InlineData("redis://pass@cache", "cache:6379,password=pass")]
    [InlineData("rediss://:pass@cache:6380/2", "cache:6380,password=pass,defaultDatabase=2,ssl=true")]
    [InlineData("cache-1:6379,cache-2:6379,password=pass", "cache-1:6379,cache-2:6379,password=pass")]
    public void A_Redis_address_becomes_the_clients_own_form(string text, string expected)
    {
        Assert.Equal(expected, JobConnections.Redis(text));
        Assert.NotEmpty(ConfigurationOptions.Parse(expected).EndPoints);
    }

    [Theory]
    [InlineData($"http://:{Secret}@cache", NeitherForm)]
    [InlineData($"redis://:{Secret}@cache/jobs", NeitherForm)]
    [InlineData($"redis://:{Secret}@:x", NeitherForm)]
    [InlineData($"redis://me:{Secret}@cache", NamedUser)]
    [InlineData($"redis://:a,{Secret}@cache", "The password in REDIS_URL holds a comma, which a StackExchange.Redis configuration cannot express.")]
    public void A_Redis_address_that_cannot_be_used_is_refused_without_repeating_it(string text, string message)
    {
        var failure = Assert.Throws<FormatException>(() => JobConnections.Redis(text));
        Assert.Equal(message, failure.Message);
        Assert.DoesNotContain(Secret, failure.ToString(), StringComparison.Ordinal);
    }

    static NpgsqlConnectionStringBuilder Read(string text) => new(JobConnections.Postgres(text, "api"));
}
