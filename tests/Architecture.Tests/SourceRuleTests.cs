using System.Text.RegularExpressions;

namespace AiPlatform.Architecture.Tests;

/// <summary>Rules of the house that no analyzer knows.</summary>
public sealed partial class SourceRuleTests
{
    static IEnumerable<string> Products => Repository.Files(".cs").Where(path => path.Split('/')[0] is not ("tests" or "bench" or "LocalAspire" or "AppHost"));

    [Fact]
    public void Only_Jobs_knows_Postgres_and_Redis() => Assert.Equal([],
        Products.Where(path => !path.StartsWith("Jobs/", StringComparison.Ordinal))
            .Where(path => StoreClient().IsMatch(Repository.Read(path))));

    [Fact]
    public void Statements_stand_in_their_own_files() => Assert.Equal([], Products.Where(path => InlineSql().IsMatch(Repository.Read(path))));

    [Fact]
    public void Every_statement_and_script_begins_with_a_header()
    {
        var files = Repository.Files(".sql").Concat(Repository.Files(".lua")).Where(path => path.StartsWith("Jobs/", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(files);
        Assert.Equal([], files.Where(path => !Repository.Read(path).StartsWith("--", StringComparison.Ordinal)));
    }

    [Fact]
    public void Files_end_where_their_idea_ends() =>
        Assert.Equal([], Repository.Files(".cs").Where(path => Repository.Read(path).Count(c => c == '\n') > 400));

    [Fact]
    public void The_API_has_no_setting_for_a_model_key() => Assert.Equal([],
        Products.Where(path => path.StartsWith("Api/", StringComparison.Ordinal)).Where(path => ModelKey().IsMatch(Repository.Read(path))));

    [GeneratedRegex(@"^using (Npgsql|StackExchange\.Redis)", RegexOptions.Multiline)]
    private static partial Regex StoreClient();

    [GeneratedRegex("\"\\s*(select |insert into |update |delete from )", RegexOptions.IgnoreCase)]
    private static partial Regex InlineSql();

    [GeneratedRegex("_API_KEY")]
    private static partial Regex ModelKey();
}
