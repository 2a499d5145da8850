using System.Security.Cryptography;
using System.Text;
using AiPlatform.Api.Access;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiPlatform.Api.Tests.Access;

/// <summary>Callers of <c>CALLERS_FILE</c>.</summary>
public sealed class CallersFileTests(Stores stores) : IDisposable
{
    const string Callers = CallerRequests.Callers;
    const string Stats = "/api/v1/stats";

    readonly string _path = Path.Combine(Path.GetTempPath(), $"callers-{Guid.NewGuid():N}.json");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_says_who_may_call_and_is_followed()
    {
        Write(Caller("ops", "admin", "*", "ops-1"), Caller("portal", "read", "portal", "portal-1", "portal-2"));
        await using var api = await RunningApi.StartAsync(stores, $"CALLERS_FILE={_path}");
        Assert.Equal((200, 200, 401), ((await api.AsAsync("portal-1", "GET", Stats)).Status, (await api.AsAsync("portal-2", "GET", Stats)).Status, (await api.AsAsync("", "GET", Stats)).Status));
        Assert.Equal("file", (await api.AsAsync("ops-1", "GET", $"{Callers}/portal")).Json.GetProperty("source").GetString());
        foreach (var (method, path, body) in (IEnumerable<(string, string, string?)>)
            [("PUT", "", """{"roles":["read"],"owner_services":["a"]}"""), ("POST", "/tokens", "{}"), ("POST", "/revoke", null)])
        {
            (await api.AsAsync("ops-1", method, $"{Callers}/portal{path}", body))
                .IsProblem(409, "caller_conflict", "The caller 'portal' comes from CALLERS_FILE; change it there.");
        }

        // A token less, another name with the same token, and a caller less.
        Write(Caller("ops", "admin", "*", "ops-1"), Caller("gate", "read", "portal", "portal-2"));
        await Eventually.That(async () => Assert.Equal(401, (await api.AsAsync("portal-1", "GET", Stats)).Status), Ct);
        Assert.Equal(200, (await api.AsAsync("portal-2", "GET", Stats)).Status);
        Assert.NotNull((await api.AsAsync("ops-1", "GET", $"{Callers}/portal")).Json.GetProperty("revoked_at").GetString());

        Write(Caller("ops", "admin", "*", "ops-1"), Caller("portal", "read", "portal", "portal-1"));
        await Eventually.That(async () => Assert.Equal(200, (await api.AsAsync("portal-1", "GET", Stats)).Status), Ct);
    }

    [Fact]
    public async Task A_file_that_becomes_wrong_leaves_the_callers_as_they_are()
    {
        Write(Caller("portal", "read", "portal", "portal-1"));
        await using var api = await RunningApi.StartAsync(stores, "AI_SERVICE_TOKEN=word");
        var file = new CallersFile(api.Get<CallerStore>(), Options.Create(new ApiOptions { CallersFile = _path }), NullLogger<CallersFile>.Instance);
        async Task<string> CallersAsync() => (await api.AsAsync("word", "GET", Callers)).Text;
        async Task LookAsync()
        {
            // At the second look it is believed to be whole.
            await file.LookAsync(Ct);
            await file.LookAsync(Ct);
        }
        await file.StartAsync(Ct);
        var before = await CallersAsync();
        Assert.Contains("portal", before, StringComparison.Ordinal);

        await File.WriteAllTextAsync(_path, """{"callers":[]""", Ct);
        await LookAsync();
        Assert.Equal(before, await CallersAsync());
        await File.WriteAllTextAsync(_path, """{"callers":[{"name":"portal"}]}""", Ct);
        await LookAsync();
        Assert.Equal(before, await CallersAsync());
        Write(Caller("portal", "submit", "portal", "portal-1"));
        await LookAsync();
        Assert.NotEqual(before, await CallersAsync());
    }

    [Fact]
    public async Task What_others_change_is_seen_while_the_file_waits_for_a_connection()
    {
        Write(Caller("portal", "read", "portal", "portal-1"));
        var schema = await RunningApi.NewSchemaAsync(stores);
        await using var api = await RunningApi.StartBesideAsync(
            stores, schema, "AI_SERVICE_TOKEN=word", $"CALLERS_FILE={_path}",
            $"ConnectionStrings:jobs={stores.ConnectionString};Search Path={schema};Maximum Pool Size=8;Command Timeout=120");
        await using var beside = await RunningApi.StartBesideAsync(stores, schema, "AI_SERVICE_TOKEN=word");
        using var log = new LogRecorder();
        api.Get<ILoggerFactory>().AddProvider(log);
        var token = await beside.MakeAsync("word", "leaked", """ "roles":["read"],"owner_services":["a"] """);
        var callers = api.Get<CallerDirectory>();
        await Eventually.That(() => Assert.NotNull(callers.Find(token).Caller), Ct);

        await using var source = NpgsqlDataSource.Create(stores.ConnectionString);
        await using var holder = await source.OpenConnectionAsync(Ct);
        await using var transaction = await holder.BeginTransactionAsync(Ct);
        await using (var hold = new NpgsqlCommand($"lock table {schema}.job in access exclusive mode", holder))
            await hold.ExecuteNonQueryAsync(Ct);
        var reads = Enumerable.Range(0, 60).Select(_ => api.AsAsync("word", "GET", $"/api/v1/jobs/{Guid.CreateVersion7()}")).ToList();
        Write(Caller("portal", "read", "portal", "portal-2"));
        await Eventually.That(() => Assert.NotEmpty(log.Of(1060)), Ct);
        Assert.Equal(200, (await beside.AsAsync("word", "POST", $"{Callers}/leaked/revoke")).Status);
        await Eventually.That(() => Assert.Equal(AccessFailure.Revoked, callers.Find(token).Failure), Ct);
        Assert.Null(callers.Find("portal-2").Caller);

        await transaction.RollbackAsync(Ct);
        await Task.WhenAll(reads);
        await Eventually.That(() => Assert.NotNull(callers.Find("portal-2").Caller), Ct);
    }

    [Fact]
    public async Task A_file_that_is_wrong_stops_the_start_with_each_fault()
    {
        await File.WriteAllTextAsync(
            _path,
            """
            {"callers":[
              {"name":"a","roles":["read"],"owner_services":["x"],"token_hashes":["secret-word"]},
              {"name":"a","roles":["work"],"owner_services":["x"],"token_hashes":[],"colour":"red"}]}
            """,
            Ct);
        Assert.Equal(
            $"CALLERS_FILE {_path}: callers[1].token_hashes must have from 1 to 10 entries, not 0. callers[1].colour is not known; allowed: name, token_hashes, roles, "
            + "owner_services, task_types, tenant, default_priority, highest_priority, request_rate, most_waiting, most_running, expires_at.", await FaultAsync());

        await File.WriteAllTextAsync(
            _path,
            $$"""
            {"callers":[
              {"name":"a","roles":["read"],"owner_services":["x"],"token_hashes":["secret-word"]},
              {"name":"a","roles":["work"],"owner_services":["x"],"token_hashes":["{{Hash("t")}}","{{Hash("t")}}"]}]}
            """,
            Ct);
        Assert.Equal(
            $"CALLERS_FILE {_path}: callers[0].token_hashes[0] is not allowed; allowed: sha256: and the 64 hexadecimal digits of the token's SHA-256. "
            + "callers[1].name 'a' is given twice; each caller has a name of its own. "
            + "callers[1].roles[0] 'work' is not allowed for a caller of named owner services, as it reaches those of all; allowed: submit, read. "
            + "callers[1].token_hashes[1] is given twice; a token has one caller.", await FaultAsync());

        Write($$"""{"name":"a","roles":["submit"],"owner_services":["*"],"most_running":20,"token_hashes":["{{Hash("t")}}"]}""");
        Assert.Equal(
            $"CALLERS_FILE {_path}: callers[0].most_running 20 is not allowed; a caller of all owner services (\"*\") names none whose jobs could be counted: "
            + "PUT /queue/shares/owners/{owner} limits an owner.", await FaultAsync());

        await File.WriteAllTextAsync(_path, "{", Ct);
        Assert.Equal($"CALLERS_FILE {_path}: it is not JSON from line 1, byte 2 on.", await FaultAsync());
        File.Delete(_path);
        Assert.StartsWith($"CALLERS_FILE {_path}: it cannot be read (", await FaultAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_names_of_one_kind_are_not_for_the_other()
    {
        Write(Caller("filed", "read", "x", "filed-1"));
        await using var api = await RunningApi.StartAsync(stores, $"CALLERS_FILE={_path}", "AI_SERVICE_TOKEN=word");
        (await api.AsAsync("word", "POST", Callers, """{"name":"filed","roles":["read"],"owner_services":["x"]}"""))
            .IsProblem(409, "caller_conflict", "There is a caller 'filed' already; choose another name.");

        await api.MakeAsync("word", "made", """ "roles":["read"],"owner_services":["y"] """);
        Write(Caller("made", "read", "x", "made-1"));
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => RunningApi.StartBesideAsync(stores, api.Schema, $"CALLERS_FILE={_path}"));
        Assert.Equal($"CALLERS_FILE {_path}: the name 'made' is taken: by a caller that was made over the API; another one is expected.", failure.Message);
        Assert.Equal(200, (await api.AsAsync("filed-1", "GET", Stats)).Status);
    }

    [Fact]
    public async Task Callers_of_a_file_that_is_gone_are_revoked_over_the_api()
    {
        Write($$"""{"name":"gone","roles":["read"],"owner_services":["gone-own"],"tenant":"gone-t","token_hashes":["{{Hash("gone-1")}}"]}""");
        await using var api = await RunningApi.StartAsync(stores, $"CALLERS_FILE={_path}", "AI_SERVICE_TOKEN=word");
        // A tenant's owner service is the tenant's from the start.
        var job = (await api.AsAsync("word", "POST", "/api/v1/jobs", """{"owner_service":"gone-own","task_type":"t","input":1}""")).Json.GetProperty("id").GetGuid();
        Assert.Equal(200, (await api.AsAsync("gone-1", "GET", $"/api/v1/jobs/{job}")).Status);
        Assert.Equal(409, (await api.AsAsync("word", "POST", $"{Callers}/gone/revoke")).Status);

        await using var other = await RunningApi.StartBesideAsync(stores, api.Schema, "AI_SERVICE_TOKEN=word");
        Assert.Equal(409, (await other.AsAsync("word", "PUT", $"{Callers}/gone", """{"roles":["read"],"owner_services":["x"]}""")).Status);
        Assert.Equal(200, (await other.AsAsync("word", "POST", $"{Callers}/gone/revoke")).Status);
        Assert.Equal(409, (await other.AsAsync("word", "POST", $"{Callers}/gone/revoke")).Status);
        Assert.Equal(401, (await other.AsAsync("gone-1", "GET", Stats)).Status);
    }

    [Fact]
    public async Task A_file_without_callers_lets_nobody_in()
    {
        Write();
        await using var api = await RunningApi.StartAsync(stores, $"CALLERS_FILE={_path}");
        Assert.Equal(401, (await api.AsAsync("", "GET", Stats)).Status);
    }

    public void Dispose() => File.Delete(_path);

    async Task<string> FaultAsync() =>
        (await Assert.ThrowsAsync<OptionsValidationException>(() => RunningApi.StartAsync(stores, $"CALLERS_FILE={_path}"))).Message;

    /// <summary>Whole at once, as an editor or a mounted secret does it.</summary>
    void Write(params string[] callers)
    {
        var whole = _path + ".new";
        File.WriteAllText(whole, $$"""{"callers":[{{string.Join(',', callers)}}]}""");
        File.Move(whole, _path, overwrite: true);
    }

    static string Caller(string name, string role, string owner, params string[] tokens) =>
        $$"""{"name":"{{name}}","roles":["{{role}}"],"owner_services":["{{owner}}"],"token_hashes":[{{string.Join(',', tokens.Select(token => $"\"{Hash(token)}\""))}}]}""";

    static string Hash(string token) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
