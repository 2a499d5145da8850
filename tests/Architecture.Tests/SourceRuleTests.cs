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

    /// <summary>A file that is not listed here opens no connection: what a caller's URL names is reached through the guard, and what stands in a setting through the others.
    /// The client runs in a caller's process, and its address is that caller's own.</summary>
    [Fact]
    public void A_URL_of_a_caller_is_reached_through_the_guard_alone()
    {
        Assert.Equal(
            [
                "Api/Callbacks/CallbackClient.cs", "Api/Infra/SidecarClient.cs", "InfraSidecar/Containers/EngineClient.cs", "InfraSidecar/Sampling/PageClient.cs",
                "ServiceDefaults/Egress/GuardedConnector.cs", "ServiceDefaults/Egress/GuardedHttp.cs", "ServiceDefaults/Http/TakenPort.cs", "TranscriptionWorker/Audio/AudioFetcher.cs",
                "WorkerRuntime/Providers/ProviderConnection.cs",
            ],
            Products.Where(path => path.Split('/')[0] is not ("ModelSimulator" or "Client")).Where(path => Connection().IsMatch(Repository.Read(path))).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["Api/Callbacks/CallbackClient.cs", "TranscriptionWorker/Audio/AudioFetcher.cs"],
            Products.Where(path => Repository.Read(path).Contains("GuardedHttp.CreateHandler(", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"(new|readonly|static) (SocketsHttpHandler|HttpClientHandler|ClientWebSocket|TcpClient|UdpClient|Socket|HttpClient)\b|AddHttpClient")]
    private static partial Regex Connection();

    [GeneratedRegex(@"^using (Npgsql|StackExchange\.Redis)", RegexOptions.Multiline)]
    private static partial Regex StoreClient();

    [GeneratedRegex("\"\\s*(select |insert into |update |delete from )", RegexOptions.IgnoreCase)]
    private static partial Regex InlineSql();

    [GeneratedRegex("_API_KEY")]
    private static partial Regex ModelKey();
}
