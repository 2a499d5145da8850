using System.Text.RegularExpressions;
using AiPlatform.Api.Tests.OpenAi;
using Microsoft.AspNetCore.Routing;

namespace AiPlatform.Api.Tests.Access;

/// <summary>The access table of docs/security.md, held against the API with a caller of each kind.</summary>
public sealed partial class AccessMatrixTests(AccessFixture fixture) : IClassFixture<AccessFixture>
{
    const string Chat = """{"user":"x","model":"default","owner_service":"matrix-own"}""";
    const string Job = """{"owner_service":"matrix-own","task_type":"t","input":1}""";
    const string Nobodys = """{"task_type":"nobody's"}""";

    public static TheoryData<string> Routes => [.. AccessRow.All.Select(row => row.Route)];

    public static TheoryData<string> Named => [.. AccessRow.All.Where(row => row.Other == "403").Select(row => row.Route)];

    public static TheoryData<string> Absent => [.. AccessRow.All.Where(row => row.Absent == "404").Select(row => row.Route)];

    [Fact]
    public void The_table_has_every_route()
    {
        var routes = fixture.Api.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Select(
            route => $"{route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods[0] ?? "GET"} /{route.RoutePattern.RawText!.Trim('/').Replace(":guid", "", StringComparison.Ordinal)}");
        Assert.Equal(routes.Order(), AccessRow.All.Select(row => row.Route).Order());
        Assert.All(AccessRow.All, row =>
        {
            Assert.All((string[])[row.Submit, row.Work, row.Read], cell => Assert.Contains(cell, row.IsOpen ? ["open"] : (string[])["yes", "no", "platform"]));
            Assert.Contains(row.None, (string[])["no", "open"]);
            Assert.Contains(row.Other, (string[])["404", "403", "hidden", "–"]);
            Assert.Contains(row.Absent, (string[])["404", "–"]);
            Assert.True(row.Other != "404" || row.Absent == "404", "Another's is answered like an absent one.");
        });
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_role_gets_what_the_table_says(string route)
    {
        var row = AccessRow.Of(route);
        foreach (var (caller, cell) in (IEnumerable<(string, string)>)
            [
                ("submit-owner", row.Submit), ("submit-platform", row.Submit), ("work-platform", row.Work), ("read-owner", row.Read), ("read-platform", row.Read),
                ("admin", row.IsOpen ? "open" : "yes"), ("none", row.None),
            ])
        {
            var answer = await fixture.SendAsync(caller, row, await fixture.ThingAsync(row), Body(row));
            var isLetIn = answer.Status is not (401 or 403);
            var isExpected = cell is "yes" or "open" || (cell == "platform" && caller.EndsWith("-platform", StringComparison.Ordinal));
            Assert.True(isLetIn == isExpected, $"{caller}: {cell} is expected, and the answer is {answer.Status} {answer.Text}");
            if (!isLetIn)
                Assert.Equal(caller == "none" ? 401 : 403, answer.Status);
            // No worker is there to serve a model.
            Assert.True(answer.Status < 500 || route == "GET /health/provider", $"{caller}: {answer.Status} {answer.Text}");
            Assert.True(answer.Status != 404 || route == "GET /v1/models/{id}", $"{caller}: {answer.Status} {answer.Text}");
        }
    }

    [Theory]
    [MemberData(nameof(Named))]
    public async Task Who_names_another_owner_service_is_refused(string route)
    {
        var row = AccessRow.Of(route);
        var (content, inHeader) = Naming(row);
        (await fixture.SendAsync("other", row, "", content, inHeader ? [("X-Owner-Service", AccessFixture.Owner)] : [])).IsRefused(row, 403, "forbidden");
    }

    [Theory]
    [MemberData(nameof(Absent))]
    public async Task What_is_not_there_is_not_found(string route)
    {
        var row = AccessRow.Of(route);
        var answer = await fixture.SendAsync("admin", row, AccessFixture.AbsentOf(row), Valid(row));
        Assert.True(answer.Status == 404, $"{answer.Status} {answer.Text}");
    }

    /// <summary>Bodies that get no further than through the door.</summary>
    static StringContent? Body(AccessRow row) => row.Method is "GET" or "DELETE" ? null : row.Path switch
    {
        "/queue/pause" or "/queue/resume" or "/queue/stop" or "/queue/start" or "/api/v1/jobs/cancel" or "/api/v1/jobs/retry" => AccessFixture.Json(Nobodys),
        _ when row.Path.EndsWith("/cancel", StringComparison.Ordinal) || row.Path.EndsWith("/retry", StringComparison.Ordinal) || row.Path.EndsWith("/revoke", StringComparison.Ordinal) => null,
        _ => AccessFixture.Json("{}"),
    };

    static StringContent? Valid(AccessRow row) =>
        row.Method == "PUT" ? AccessFixture.Json("""{"roles":["read"],"owner_services":["nobody"]}""") : Body(row);

    /// <summary>A request that makes something of the owner service, which a header says where the body does not.</summary>
    static (HttpContent Content, bool InHeader) Naming(AccessRow row) => row.Path switch
    {
        "/chat" or "/complete" or "/chat/stream" or "/queue/jobs" => (AccessFixture.Json(Chat), false),
        "/api/v1/jobs" => (AccessFixture.Json(Job), false),
        "/api/v1/jobs/batch" => (AccessFixture.Json($$"""{"jobs":[{{Job}}]}"""), false),
        "/v1/chat/completions" => (AccessFixture.Json("""{"model":"default","messages":[{"role":"user","content":"x"}]}"""), true),
        "/v1/embeddings" => (AccessFixture.Json("""{"model":"default","input":"x"}"""), true),
        "/v1/batches" => (AccessFixture.Json("""{"input_file_id":"file-0199e0c2000070008000000000000000","endpoint":"/v1/chat/completions","completion_window":"24h"}"""), true),
        _ => (FileCalls.Form("{}"u8.ToArray()), true),
    };
}

static partial class AccessAnswers
{
    /// <summary>In the form of its route.</summary>
    public static void IsRefused(this Answer answer, AccessRow row, int status, string code)
    {
        Assert.True(answer.Status == status, $"Expected {status}, got {answer.Status}: {answer.Text}");
        var problem = row.Path.StartsWith("/v1/", StringComparison.Ordinal) ? answer.Json.GetProperty("error") : answer.Json;
        Assert.Equal(code, problem.GetProperty("code").GetString());
    }

    /// <summary>What an answer says, without the id that was asked for and what is of each answer alone.</summary>
    public static string Words(this Answer answer, string id) =>
        $"{answer.Status} {TraceId().Replace(answer.Text.Replace(id, "{id}", StringComparison.Ordinal), "")}";

    [GeneratedRegex("\"trace_id\":\"[0-9a-f]+\"")]
    private static partial Regex TraceId();
}
