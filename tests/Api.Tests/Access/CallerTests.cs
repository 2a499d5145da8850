using System.Diagnostics.Metrics;
using AiPlatform.Api.Callbacks;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests.Access;

/// <summary>Callers that administrators make: what they may, how their tokens change, and what is written down of it.</summary>
public sealed class CallerTests(ClosedApiFixture fixture, Stores stores) : IClassFixture<ClosedApiFixture>
{
    const string Admin = ClosedApiFixture.Token;
    const string Callers = CallerRequests.Callers;
    const string Stats = "/api/v1/stats";

    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_shown_once_and_lets_its_caller_in()
    {
        var made = await _api.AsAsync(Admin, "POST", Callers, """
            {"name":"shown-once","roles":["read"],"owner_services":["s1","s2"],"task_types":["llm_chat"],"tenant":"t1","highest_priority":"low","request_rate":2.5,"most_waiting":7,"most_running":3}
            """);
        Assert.Equal((201, "/api/v1/admin/callers/shown-once", "no-store"), (made.Status, made.Headers.Location!.OriginalString, made.Headers.CacheControl!.ToString()));
        var token = made.Json.GetProperty("token").GetString()!;
        Assert.Matches(@"\Aaip_[A-Za-z0-9_-]{43}\z", token);

        var seen = await _api.AsAsync(Admin, "GET", $"{Callers}/shown-once");
        Assert.Equal(made.Json.GetProperty("caller").GetRawText(), seen.Text);
        Assert.DoesNotContain(token, seen.Text + (await _api.AsAsync(Admin, "GET", Callers + "?limit=500")).Text, StringComparison.Ordinal);
        Assert.Equal(token[..8] + "…", seen.Json.GetProperty("tokens")[0].GetProperty("hint").GetString());
        Assert.Equal(
            ("api", "low", "low", 2.5, 7, 3, "t1", "llm_chat"),
            (Text(seen, "source"), Text(seen, "default_priority"), Text(seen, "highest_priority"), seen.Json.GetProperty("request_rate").GetDouble(),
                seen.Json.GetProperty("most_waiting").GetInt32(), seen.Json.GetProperty("most_running").GetInt32(), Text(seen, "tenant"),
                seen.Json.GetProperty("task_types")[0].GetString()));

        Assert.Equal(200, (await _api.AsAsync(token, "GET", Stats)).Status);
        (await _api.AsAsync(token[..^1] + (token[^1] == 'A' ? 'B' : 'A'), "GET", Stats)).IsProblem(401, "unauthorized", "The token is not valid, or no longer.");
    }

    [Fact]
    public async Task A_role_that_is_missing_is_named()
    {
        var reader = await _api.MakeAsync(Admin, "reader", """ "roles":["read"],"owner_services":["a"] """);
        var submitter = await _api.MakeAsync(Admin, "submitter", """ "roles":["submit"],"owner_services":["*"] """);
        (await _api.AsAsync(reader, "POST", "/api/v1/jobs", "{}")).IsProblem(403, "forbidden", "The route needs the role submit; the caller 'reader' has read.");
        (await _api.AsAsync(submitter, "GET", Stats)).IsProblem(403, "forbidden", "The route needs the role read; the caller 'submitter' has submit.");
        (await _api.AsAsync(submitter, "GET", Callers)).IsProblem(403, "forbidden", "The route needs the role admin; the caller 'submitter' has submit.");
        (await _api.AsAsync(reader, "POST", "/v1/embeddings", "{}"))
            .IsOpenAiError(403, "permission_error", "forbidden", null, "The route needs the role submit; the caller 'reader' has read.");
        (await _api.AsAsync(reader, "GET", "/api/v1/infra/status"))
            .IsProblem(403, "forbidden", "The route is for callers of the platform; the caller 'reader' is one of owner services.");
    }

    [Fact]
    public async Task A_method_or_a_media_type_that_no_route_takes_is_no_matter_of_roles()
    {
        await using var api = await RunningApi.StartAsync(stores, $"AI_SERVICE_TOKEN={Admin}");
        using var meter = new MeterRecorder(CallbackTelemetry.Name, api.Get<IMeterFactory>());
        var limited = await api.MakeAsync(Admin, "limited", """ "roles":["submit","read"],"owner_services":["a"] """);
        foreach (var (method, path) in new[] { ("POST", Stats), ("DELETE", "/api/v1/jobs"), ("GET", "/chat"), ("PATCH", "/healthz") })
            (await api.AsAsync(limited, method, path)).IsProblem(405, "method_not_allowed", $"{path} does not take {method}.");
        using var text = new StringContent("{}");
        (await api.SendAsync(HttpMethod.Post, "/api/v1/jobs", text, ("Authorization", $"Bearer {limited}")))
            .IsProblem(415, "unsupported_media_type", "The Content-Type must be application/json, in UTF-8.");
        Assert.Empty(meter.Of("aiplatform.auth.failures"));
    }

    [Fact]
    public async Task Tokens_are_changed_one_after_the_other()
    {
        var first = await _api.MakeAsync(Admin, "rotated", """ "roles":["read"],"owner_services":["a"] """);
        var second = await _api.AsAsync(Admin, "POST", $"{Callers}/rotated/tokens", "{}");
        Assert.Equal((200, 200), ((await _api.AsAsync(first, "GET", Stats)).Status, (await _api.AsAsync(Token(second), "GET", Stats)).Status));

        var third = await _api.AsAsync(Admin, "POST", $"{Callers}/rotated/tokens", """{"expire_others_in":"0s"}""");
        Assert.Equal(
            (401, 401, 200),
            ((await _api.AsAsync(first, "GET", Stats)).Status, (await _api.AsAsync(Token(second), "GET", Stats)).Status, (await _api.AsAsync(Token(third), "GET", Stats)).Status));

        var path = $"{Callers}/rotated/tokens/{third.Json.GetProperty("token_id").GetGuid()}";
        Assert.Equal(200, (await _api.AsAsync(Admin, "DELETE", path)).Status);
        Assert.Equal(401, (await _api.AsAsync(Token(third), "GET", Stats)).Status);
        Assert.Equal(404, (await _api.AsAsync(Admin, "DELETE", path)).Status);
        (await _api.AsAsync(Admin, "POST", $"{Callers}/rotated/tokens", """{"expire_others_in":"soon"}"""))
            .IsInvalid("""{"expire_others_in":["'soon' is not allowed; allowed: a duration such as 30s, at most 2160h."]}""");
    }

    [Fact]
    public async Task Settings_are_replaced_and_hold_at_once()
    {
        var token = await _api.MakeAsync(Admin, "changed", """ "roles":["read"],"owner_services":["a"],"most_waiting":5 """);
        var changed = await _api.AsAsync(Admin, "PUT", $"{Callers}/changed", """{"roles":["submit"],"owner_services":["b"]}""");
        Assert.Equal((200, false), (changed.Status, changed.Json.GetProperty("most_waiting").ValueKind == System.Text.Json.JsonValueKind.Number));
        Assert.Equal(403, (await _api.AsAsync(token, "GET", Stats)).Status);

        var ended = await _api.AsAsync(Admin, "PUT", $"{Callers}/changed", """{"roles":["read"],"owner_services":["b"],"expires_at":"2020-01-01T00:00:00Z"}""");
        Assert.Equal((200, 401), (ended.Status, (await _api.AsAsync(token, "GET", Stats)).Status));
    }

    [Fact]
    public async Task A_revoked_caller_stays_so_and_keeps_its_name()
    {
        const string Settings = """ "roles":["read"],"owner_services":["a"] """;
        var token = await _api.MakeAsync(Admin, "revoked", Settings);
        var revoked = await _api.AsAsync(Admin, "POST", $"{Callers}/revoked/revoke");
        Assert.Equal((200, 401), (revoked.Status, (await _api.AsAsync(token, "GET", Stats)).Status));
        Assert.NotNull(Text(revoked, "revoked_at"));

        const string Over = "The caller 'revoked' is revoked, for good; make another one.";
        (await _api.AsAsync(Admin, "POST", $"{Callers}/revoked/revoke")).IsProblem(409, "caller_conflict", Over);
        (await _api.AsAsync(Admin, "POST", $"{Callers}/revoked/tokens", "{}")).IsProblem(409, "caller_conflict", Over);
        (await _api.AsAsync(Admin, "PUT", $"{Callers}/revoked", $$"""{{{Settings}}}""")).IsProblem(409, "caller_conflict", Over);
        (await _api.AsAsync(Admin, "POST", Callers, $$"""{"name":"revoked",{{Settings}}}"""))
            .IsProblem(409, "caller_conflict", "The name 'revoked' was that of a caller that is revoked; choose another one.");
    }

    [Theory]
    [InlineData(""" "name":"A b" """, """{"name":["must be lower-case letters, digits, '.', '_' and '-', a letter or digit first."]}""")]
    [InlineData(""" "name":"service" """, """{"name":["'service' is that of AI_SERVICE_TOKEN; another one is expected."]}""")]
    [InlineData(""" "name":"file" """, """{"name":["'file' is that of CALLERS_FILE in the audit; another one is expected."]}""")]
    [InlineData(""" "roles":["rule"] """, """{"roles[0]":["'rule' is not allowed; allowed: submit, work, read, admin."]}""")]
    [InlineData(""" "roles":[] """, """{"roles":["must have from 1 to 4 entries, not 0."]}""")]
    [InlineData(
        """ "roles":["read","work"] """,
        """{"roles[1]":["'work' is not allowed for a caller of named owner services, as it reaches those of all; allowed: submit, read."]}""")]
    [InlineData(""" "owner_services":["*","a"] """, """{"owner_services":["holds '*' beside others; it stands alone, for all of them."]}""")]
    [InlineData(
        """ "owner_services":["*"],"tenant":"t" """,
        """{"tenant":["'t' is not allowed; a caller of all owner services (\"*\") is of no tenant."]}""")]
    [InlineData(
        """ "owner_services":["*"],"most_running":20 """,
        """{"most_running":["20 is not allowed; a caller of all owner services (\"*\") names none whose jobs could be counted: PUT /queue/shares/owners/{owner} limits an owner."]}""")]
    [InlineData(
        """ "default_priority":"high","highest_priority":"normal" """, """{"default_priority":["'high' is above highest_priority 'normal'."]}""")]
    [InlineData(""" "request_rate":0 """, """{"request_rate":["0 is not allowed; allowed: numbers from 0.01 to 100000."]}""")]
    [InlineData(""" "request_rate":1e9 """, """{"request_rate":["1e9 is not allowed; allowed: numbers from 0.01 to 100000."]}""")]
    [InlineData(""" "most_waiting":1.5 """, """{"most_waiting":["1.5 is not allowed; allowed: whole numbers from 1 to 10000000."]}""")]
    [InlineData(""" "token_expires_at":"2020-01-01T00:00:00Z" """, """{"token_expires_at":["must be in the future."]}""")]
    public async Task What_a_caller_may_not_be_is_said_by_field(string settings, string errors)
    {
        var whole = new System.Text.Json.Nodes.JsonObject { ["name"] = "wrong", ["roles"] = new System.Text.Json.Nodes.JsonArray("read"), ["owner_services"] = new System.Text.Json.Nodes.JsonArray("a") };
        foreach (var (name, value) in System.Text.Json.Nodes.JsonNode.Parse($$"""{{{settings}}}""")!.AsObject())
            whole[name] = value?.DeepClone();
        (await _api.AsAsync(Admin, "POST", Callers, whole.ToJsonString())).IsInvalid(errors);
    }

    [Fact]
    public async Task An_owner_service_belongs_to_one_tenant()
    {
        await _api.MakeAsync(Admin, "tenant-a", """ "roles":["read"],"owner_services":["shop","stock"],"tenant":"a" """);
        await _api.MakeAsync(Admin, "tenant-a2", """ "roles":["read"],"owner_services":["shop"],"tenant":"a" """);
        foreach (var tenant in (string[])[""","tenant":"b" """, ""])
        {
            (await _api.AsAsync(Admin, "POST", Callers, $$"""{"name":"tenant-b","roles":["read"],"owner_services":["stock"]{{tenant}}}""")).IsProblem(
                409, "caller_conflict", "The owner service 'stock' (tenant-a, tenant-b) would belong to different tenants; it belongs to one at most, until an administrator takes it from that.");
        }
        Assert.Equal(404, (await _api.AsAsync(Admin, "GET", $"{Callers}/tenant-b")).Status);

        // For good: also when its callers are gone, or would be of no tenant.
        await _api.AsAsync(Admin, "POST", $"{Callers}/tenant-a/revoke");
        foreach (var tenant in (string[])[""","tenant":"b" """, ""])
        {
            (await _api.AsAsync(Admin, "POST", Callers, $$"""{"name":"tenant-b","roles":["read"],"owner_services":["stock"]{{tenant}}}""")).IsProblem(
                409, "caller_conflict", "The owner service 'stock' (tenant-b) would belong to different tenants; it belongs to one at most, until an administrator takes it from that.");
        }
        Assert.Equal(409, (await _api.AsAsync(Admin, "PUT", $"{Callers}/tenant-a2", """{"roles":["read"],"owner_services":["shop"]}""")).Status);
        await _api.MakeAsync(Admin, "tenant-a3", """ "roles":["read"],"owner_services":["stock"],"tenant":"a" """);
    }

    [Fact]
    public async Task A_tenants_reader_sees_what_others_make_for_its_owner_services()
    {
        var reader = await _api.MakeAsync(Admin, "tenant-reader", """ "roles":["read"],"owner_services":["read-1"],"tenant":"read-t" """);
        foreach (var owner in (string[])["read-1", "read-2"])
        {
            var job = await _api.AsAsync(Admin, "POST", "/api/v1/jobs", $$"""{"owner_service":"{{owner}}","task_type":"read-only","input":1}""");
            await _api.AsAsync(Admin, "PUT", $"{Callers}/tenant-reader", """{"roles":["read"],"owner_services":["read-1","read-2"],"tenant":"read-t"}""");
            Assert.Equal(200, (await _api.AsAsync(reader, "GET", $"/api/v1/jobs/{Text(job, "id")}")).Status);
        }
    }

    [Fact]
    public async Task A_stream_ends_where_its_caller_is_revoked_or_sees_something_else()
    {
        await using var api = await RunningApi.StartBesideAsync(stores, _api.Schema, $"AI_SERVICE_TOKEN={Admin}", "EVENTS_HEARTBEAT=1s");
        const string Settings = """ "roles":["read"],"owner_services":["streams"] """;
        var job = Text(await api.AsAsync(Admin, "POST", "/api/v1/jobs", """{"owner_service":"streams","task_type":"streams","input":1}"""), "id");
        async Task<ServerEvents> OpenAsync(string token)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/jobs/{job}/events") { Headers = { Authorization = new("Bearer", token) } };
            var events = await ServerEvents.OpenAsync(api.Http, request);
            Assert.Equal("state", (await events.NextAsync())!.Value.Type);
            return events;
        }
        await using var revoked = await OpenAsync(await api.MakeAsync(Admin, "stream-1", Settings));
        await using var narrowed = await OpenAsync(await api.MakeAsync(Admin, "stream-2", Settings));
        await api.AsAsync(Admin, "POST", $"{Callers}/stream-1/revoke");
        await api.AsAsync(Admin, "PUT", $"{Callers}/stream-2", """{"roles":["read"],"owner_services":["elsewhere"]}""");
        foreach (var events in (ServerEvents[])[revoked, narrowed])
            Assert.Null(await events.NextAsync().WaitAsync(TimeSpan.FromSeconds(60), Ct));
    }

    [Fact]
    public async Task What_administrators_do_is_written_down()
    {
        var token = await _api.MakeAsync(Admin, "auditor", """ "roles":["admin"],"owner_services":["*"] """);
        await _api.AsAsync(token, "POST", "/queue/pause?task_type=audited");
        await _api.AsAsync(token, "POST", "/queue/resume?task_type=audited");
        await _api.AsAsync(token, "POST", "/api/v1/jobs/cancel", """{"task_type":"audited"}""");
        await _api.AsAsync(token, "PUT", "/queue/shares/owners/audited", """{"weight":2.5}""");
        await _api.AsAsync(token, "POST", $"{Callers}/auditor/revoke");
        await _api.AsAsync(token, "POST", $"{Callers}/auditor/revoke");

        var page = await _api.AsAsync(Admin, "GET", "/api/v1/admin/audit?limit=500");
        var rows = page.Json.GetProperty("entries").EnumerateArray().Select(entry => $"{entry.GetProperty("actor")} {entry.GetProperty("action")} {entry.GetProperty("target")}"
            + (entry.GetProperty("action").GetString() is "jobs.cancel" or "share.set" ? $" {entry.GetProperty("detail").GetRawText()}" : ""));
        Assert.Equal(
            [
                "auditor caller.revoke auditor", """auditor share.set audited {"weight":2.5,"most_running":null}""", """auditor jobs.cancel * {"task_type":"audited","jobs":0}""",
                "auditor queue.resume audited/*", "auditor queue.pause audited/*", "service caller.create auditor",
            ],
            rows.Where(row => row.Contains("audit", StringComparison.Ordinal)));
        Assert.DoesNotContain(token, page.Text, StringComparison.Ordinal);

        var last = await _api.AsAsync(Admin, "GET", "/api/v1/admin/audit?limit=1");
        var before = await _api.AsAsync(Admin, "GET", $"/api/v1/admin/audit?limit=1&cursor={Text(last, "next_cursor")}");
        Assert.True(Id(before) < Id(last));
    }

    [Fact]
    public async Task Every_instance_sees_a_change()
    {
        await using var other = await RunningApi.StartBesideAsync(stores, _api.Schema, $"AI_SERVICE_TOKEN={Admin}");
        var token = await _api.MakeAsync(Admin, "everywhere", """ "roles":["read"],"owner_services":["a"] """);
        await Eventually.That(async () => Assert.Equal(200, (await other.AsAsync(token, "GET", Stats)).Status), Ct);
        await other.AsAsync(Admin, "POST", $"{Callers}/everywhere/revoke");
        await Eventually.That(async () => Assert.Equal(401, (await _api.AsAsync(token, "GET", Stats)).Status), Ct);
    }

    [Fact]
    public async Task Callers_are_listed_in_pages()
    {
        foreach (var name in (string[])["zz-1", "zz-2", "zz-3"])
            await _api.MakeAsync(Admin, name, """ "roles":["read"],"owner_services":["a"] """);
        var page = await _api.AsAsync(Admin, "GET", Callers + "?cursor=zz&limit=2");
        Assert.Equal("zz-1 zz-2 zz-2", $"{Names(page)} {Text(page, "next_cursor")}");
        var last = await _api.AsAsync(Admin, "GET", Callers + "?cursor=zz-2&limit=2");
        Assert.Equal(("zz-3", null), (Names(last), Text(last, "next_cursor")));
    }

    static string Names(Answer page) => string.Join(' ', page.Json.GetProperty("callers").EnumerateArray().Select(caller => caller.GetProperty("name").GetString()));

    static long Id(Answer page) => page.Json.GetProperty("entries")[0].GetProperty("id").GetInt64();

    static string Token(Answer issued) => issued.Json.GetProperty("token").GetString()!;

    static string? Text(Answer answer, string field) => answer.Json.TryGetProperty(field, out var value) ? value.GetString() : null;
}
