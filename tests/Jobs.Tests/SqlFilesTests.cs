using System.Text.RegularExpressions;
using Npgsql;

namespace AiPlatform.Jobs.Tests;

public sealed partial class SqlFilesTests(QuietHost quiet) : IClassFixture<QuietHost>
{
    public static TheoryData<string> Statements => [.. SqlFile.Names("Sql", "*.sql")];

    public static TheoryData<string> Scripts => [.. SqlFile.Names("Lua", "*.lua")];

    [Theory]
    [MemberData(nameof(Statements))]
    public async Task Every_statement_with_the_types_of_its_header_is_accepted_by_the_schema(string name)
    {
        var text = EmbeddedText.Get(name + ".sql");
        await using var command = quiet.Host.Get<NpgsqlDataSource>().CreateCommand(
            Ddl().IsMatch(text) ? text : $"prepare {name} {SqlFile.Types(text)} as {text}");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [MemberData(nameof(Statements))]
    public void Every_statement_says_what_it_does_and_locks(string name) =>
        Assert.Matches(@"\A-- [A-Z][\s\S]*Locks: \S", SqlFile.Header(EmbeddedText.Get(name + ".sql")));

    [Theory]
    [MemberData(nameof(Statements))]
    public void Every_parameter_of_a_statement_is_explained(string name)
    {
        var text = EmbeddedText.Get(name + ".sql");
        Assert.Equal(
            Parameter().Matches(text[SqlFile.Header(text).Length..]).Select(match => match.Value).Distinct().Order(),
            SqlFile.Parameters(text).Select(match => match.Groups["place"].Value).Order());
    }

    [Theory]
    [MemberData(nameof(Statements))]
    public void Every_statement_is_used(string name) => Assert.Contains(SqlFile.Sources(), source =>
        source.Contains($"Statement(\"{name}\")", StringComparison.Ordinal) || source.Contains($"Matching(\"{name}\"", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Every_script_says_what_it_takes_and_returns(string name)
    {
        var header = SqlFile.Header(EmbeddedText.Get(name + ".lua"));
        Assert.Matches(@"\A-- [A-Z][\s\S]*KEYS 1[\s\S]*ARGV 1[\s\S]*Returns ", header);
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Every_script_is_used(string name) =>
        Assert.Contains(SqlFile.Sources(), source => source.Contains($"new(\"{name}\"", StringComparison.Ordinal) || source.Contains($"const string Lines = \"{name}\";", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Scripts))]
    public void No_script_touches_a_key_it_was_not_given(string name) =>
        Assert.DoesNotMatch(@"redis\.call\('[A-Z]+', *['""]", EmbeddedText.Get(name + ".lua"));

    [Fact]
    public void A_wrong_name_is_answered_with_the_names_there_are()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => EmbeddedText.Get("claim_job.sql"));
        Assert.StartsWith("No embedded file 'claim_job.sql'; there are: 0001_jobs.sql, 0002_files_and_batches.sql, 0003_checkpoints.sql, 0004_audio_of_jobs.sql, 0005_tallies.sql, 0006_callers.sql, 0007_tenants.sql, 0008_shares.sql, 0009_days_by_others.sql, 0010_files_by_owner.sql, add_batch_lines.sql, ", failure.Message, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\$\d+")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^create ", RegexOptions.Multiline)]
    private static partial Regex Ddl();
}
