namespace AiPlatform.Api.Tests;

public sealed class SecurityHeaderTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    const string Page = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    readonly RunningApi _api = fixture.Api;

    [Theory]
    [InlineData("GET", "/api/v1/stats")]
    [InlineData("GET", "/nowhere")]
    [InlineData("GET", "/v1/models/nothing")]
    [InlineData("POST", "/api/v1/jobs")]
    [InlineData("GET", "/healthz")]
    [InlineData("GET", "/metrics")]
    [InlineData("GET", "/openapi/v1.json")]
    public async Task Every_answer_is_no_page_and_is_not_kept(string method, string path)
    {
        var answer = await _api.SendAsync(new HttpMethod(method), path, null, ("Origin", "https://evil.example"));
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", Header(answer, "Content-Security-Policy"));
        Assert.Equal("nosniff", Header(answer, "X-Content-Type-Options"));
        Assert.Equal("DENY", Header(answer, "X-Frame-Options"));
        Assert.Equal("no-referrer", Header(answer, "Referrer-Policy"));
        Assert.Equal("same-origin", Header(answer, "Cross-Origin-Resource-Policy"));
        Assert.Equal("no-store", Header(answer, "Cache-Control"));
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase) || header.Key is "Strict-Transport-Security" or "Server");
    }

    [Theory]
    [InlineData("/docs/index.html")]
    [InlineData("/docs/index.js")]
    public async Task The_page_runs_scripts_from_here_alone(string path) => Assert.Equal(Page, Header(await _api.GetAsync(path), "Content-Security-Policy"));

    [Fact]
    public async Task The_page_has_no_script_in_itself()
    {
        var page = (await _api.GetAsync("/docs/index.html")).Text;
        Assert.Contains("<script src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        Assert.DoesNotContain(" onload=", page, StringComparison.OrdinalIgnoreCase);
    }

    static string Header(Answer answer, string name) => Assert.Single(answer.Headers.GetValues(name));
}
