using AiPlatform.Api.Access;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;

namespace AiPlatform.Api.Tests;

public sealed class AccessTests(ClosedApiFixture fixture, Stores stores) : IClassFixture<ClosedApiFixture>
{
    const string Token = ClosedApiFixture.Token;

    readonly RunningApi _api = fixture.Api;

    [Fact]
    public async Task Every_route_but_the_open_ones_asks_for_the_token()
    {
        string[] open = ["/healthz", "/readyz", "/metrics", "/health", "/health/provider", "/openapi/{documentName}.json"];
        var routes = _api.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        Assert.Equal(open.Order(), routes.Where(route => route.Metadata.GetMetadata<IAllowAnonymous>() is not null).Select(Path).Order());

        foreach (var route in routes.Where(route => !open.Contains(Path(route))))
        {
            var path = Path(route).Replace("{id:guid}", "0199e0c2-0000-7000-8000-000000000000", StringComparison.Ordinal);
            Assert.True(route.Metadata.GetMetadata<RequiredRole>() is not null, $"{path} names no role: it is for administrators alone, and should say so.");
            var method = new HttpMethod(route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]);
            var answer = await _api.SendAsync(method, path);
            const string Detail = "Send it as 'Authorization: Bearer <token>'.";
            if (path.StartsWith("/v1/", StringComparison.Ordinal))
                answer.IsOpenAiError(401, "authentication_error", "unauthorized", null, Detail);
            else
                answer.IsProblem(401, "unauthorized", Detail);
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
        }
    }

    [Theory]
    [InlineData("Bearer a-token-of-some-lengtH", "The token is not valid, or no longer.", "Bearer error=\"invalid_token\"")]
    [InlineData("Bearer a-token-of-some-length-and-more", "The token is not valid, or no longer.", "Bearer error=\"invalid_token\"")]
    [InlineData("Bearer", "The Authorization header must be 'Bearer <token>'.", "Bearer")]
    [InlineData("Basic YTpi", "The Authorization header must be 'Bearer <token>'.", "Bearer")]
    public async Task A_wrong_token_is_refused(string header, string detail, string challenge)
    {
        var answer = await _api.SendAsync(HttpMethod.Get, "/api/v1/stats", null, ("Authorization", header));
        answer.IsProblem(401, "unauthorized", detail);
        Assert.Equal(challenge, answer.Headers.WwwAuthenticate.ToString());
        Assert.DoesNotContain(Token, answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData($"Bearer {Token}")]
    [InlineData($"bearer {Token}")]
    public async Task The_token_opens_the_api(string header)
    {
        Assert.Equal(200, (await _api.SendAsync(HttpMethod.Get, "/api/v1/stats", null, ("Authorization", header))).Status);
    }

    [Fact]
    public async Task Probes_and_documents_are_open()
    {
        foreach (var path in (string[])["/healthz", "/readyz", "/metrics", "/health", "/health/provider", "/openapi/v1.json", "/docs/index.html"])
            Assert.Equal((path, 200), (path, (await _api.GetAsync(path)).Status));
    }

    [Theory]
    [InlineData("POST", "/healthz")]
    [InlineData("DELETE", "/health/")]
    public async Task A_method_that_an_open_route_does_not_take_is_405_for_anybody(string method, string path)
    {
        foreach (var header in (string[])["", "Bearer not-a-token-of-anybody"])
        {
            (string, string)[] headers = header.Length == 0 ? [] : [("Authorization", header)];
            (await _api.SendAsync(new HttpMethod(method), path, null, headers)).IsProblem(405, "method_not_allowed", $"{path} does not take {method}.");
        }
    }

    [Fact]
    public async Task A_method_or_a_type_that_a_closed_route_does_not_take_is_told_to_callers_alone()
    {
        (await _api.SendAsync(HttpMethod.Post, "/api/v1/stats")).IsProblem(401, "unauthorized", "Send it as 'Authorization: Bearer <token>'.");
        using var text = new StringContent("{}");
        (await _api.SendAsync(HttpMethod.Post, "/api/v1/jobs", text)).IsProblem(401, "unauthorized", "Send it as 'Authorization: Bearer <token>'.");
    }

    [Fact]
    public async Task Without_a_configured_token_everybody_is_served()
    {
        await using var api = await RunningApi.StartAsync(stores);
        Assert.Equal(200, (await api.GetAsync("/api/v1/stats")).Status);
        Assert.Equal(200, (await api.SendAsync(HttpMethod.Get, "/api/v1/stats", null, ("Authorization", "Bearer whatever"))).Status);
    }

    static string Path(RouteEndpoint route) => "/" + route.RoutePattern.RawText!.Trim('/');
}
