using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;

namespace AiPlatform.Api.Tests;

public sealed partial class DocumentTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    [Fact]
    public async Task Every_route_is_in_the_document_with_a_summary()
    {
        var paths = (await _api.GetAsync("/openapi/v1.json")).Json.GetProperty("paths");
        var documented = paths.EnumerateObject().SelectMany(
            path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}"));
        Assert.Equal(Routes().Order(), documented.Order());
        Assert.All(paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject()), operation =>
        {
            Assert.NotEmpty(operation.Value.GetProperty("summary").GetString()!);
            Assert.NotEmpty(operation.Value.GetProperty("operationId").GetString()!);
        });
    }

    [Fact]
    public async Task Schemas_speak_the_language_of_the_wire()
    {
        var answer = await _api.GetAsync("/openapi/v1.json");
        var schemas = answer.Json.GetProperty("components").GetProperty("schemas");
        Assert.All(
            schemas.EnumerateObject().Where(schema => schema.Value.TryGetProperty("properties", out _))
                .SelectMany(schema => schema.Value.GetProperty("properties").EnumerateObject()),
            property => Assert.Matches("^[a-z][a-z0-9_]*$", property.Name));

        var create = schemas.GetProperty("CreateJob");
        Assert.Equal(["owner_service", "task_type", "input"], Words(create.GetProperty("required")));
        Assert.Equal("string", create.GetProperty("properties").GetProperty("owner_service").GetProperty("type").GetString());
        Assert.Equal(["high", "normal", "low"], Words(schemas.GetProperty("JobPriority").GetProperty("enum")));
        Assert.False(schemas.GetProperty("ChatCall").TryGetProperty("additionalProperties", out var closed) && !closed.GetBoolean());
        var security = answer.Json.GetProperty("components").GetProperty("securitySchemes");
        Assert.Equal("bearer", security.GetProperty("bearer").GetProperty("scheme").GetString());
        Assert.DoesNotMatch(@"\b(Job|Chat|Create|Error)[A-Z]\w+\.[A-Z]", answer.Text);
    }

    [Fact]
    public async Task Parameters_are_documented_with_what_they_may_be()
    {
        var list = (await _api.GetAsync("/openapi/v1.json")).Json.GetProperty("paths").GetProperty("/api/v1/jobs");
        Assert.Equal(
            [
                "owner_service", "owner_ref", "task_type", "model_profile", "status", "priority", "error_category",
                "created_after", "created_before", "cursor", "limit",
            ],
            Names(list.GetProperty("get").GetProperty("parameters")));
        Assert.Equal(["Idempotency-Key"], Names(list.GetProperty("post").GetProperty("parameters")));
    }

    [Fact]
    public async Task The_page_loads_nothing_from_elsewhere()
    {
        var page = await _api.GetAsync("/docs/index.html");
        Assert.Equal((200, "text/html"), (page.Status, page.MediaType));
        var links = Links().Matches(page.Text).Select(link => link.Groups[1].Value).ToList();
        Assert.NotEmpty(links);
        foreach (var link in links)
        {
            Assert.DoesNotContain("//", link, StringComparison.Ordinal);
            Assert.Equal((link, 200), (link, (await _api.GetAsync("/docs/" + link)).Status));
        }
    }

    [Fact]
    public void The_request_collection_has_every_route()
    {
        var root = typeof(DocumentTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(data => data.Key == "RepositoryRoot").Value!;
        var requests = Requests().Matches(File.ReadAllText(Path.Combine(root, "docs", "requests.http")))
            .Select(request => $"{request.Groups[1].Value} {Ids().Replace(request.Groups[2].Value, "{id}")}");
        Assert.Equal(Routes().Select(route => Parameters().Replace(route, "{id}")).Concat(["GET /healthz", "GET /readyz", "GET /metrics", "GET /openapi/v1.json", "GET /docs"]).Order(), requests.Distinct().Order());
    }

    /// <summary>The routes of the API itself, as the document writes them.</summary>
    IEnumerable<string> Routes() => _api.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(route => route.RoutePattern.RawText is not ("/healthz" or "/readyz" or "/metrics" or "/openapi/{documentName}.json"))
        .Select(route => $"{route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]} /{Template(route)}");

    static string Template(RouteEndpoint route) => route.RoutePattern.RawText!.Trim('/').Replace(":guid", "", StringComparison.Ordinal);

    static IEnumerable<string?> Words(JsonElement list) => list.EnumerateArray().Select(word => word.GetString());

    static IEnumerable<string?> Names(JsonElement list) => list.EnumerateArray().Select(item => item.GetProperty("name").GetString());

    [GeneratedRegex("""(?:src|href)="([^"]+)" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Links();

    [GeneratedRegex(@"^(GET|POST|PUT|DELETE) \{\{api\}\}(/[^?\s]*)", RegexOptions.Multiline)]
    private static partial Regex Requests();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameters();

    [GeneratedRegex(@"\{\{\w+\}\}")]
    private static partial Regex Ids();
}
