using AiPlatform.Contracts;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>What each status of a provider means for the job.</summary>
public sealed class RefusalTests
{
    const string Key = "sk-secret-0123456789";

    [Theory]
    [InlineData(400, "input_rejected", "refused the request (HTTP 400): max_tokens is too large")]
    [InlineData(404, "provider_rejected", "refused the request (HTTP 404): max_tokens is too large")]
    [InlineData(413, "input_rejected", "refused the request (HTTP 413): max_tokens is too large")]
    [InlineData(422, "input_rejected", "refused the request (HTTP 422): max_tokens is too large")]
    [InlineData(408, "provider_timeout", "gave up waiting (HTTP 408): max_tokens is too large")]
    [InlineData(429, "provider_error", "takes no more requests now (HTTP 429): max_tokens is too large")]
    [InlineData(500, "provider_error", "failed (HTTP 500): max_tokens is too large")]
    [InlineData(502, "provider_error", "failed (HTTP 502): max_tokens is too large")]
    [InlineData(503, "provider_error", "failed (HTTP 503): max_tokens is too large")]
    public async Task A_status_becomes_a_category_with_the_words_of_the_server(int status, string category, string message)
    {
        await using var server = await ScriptedServer.AnsweringAsync(status, """{"error":{"message":"max_tokens is too large","type":"x","param":null,"code":null}}""");

        var failure = (await Call.ToAsync(server.Address)).Failure();

        Assert.Equal(
            (new JobError(category, $"openai-compatible at {server.Address.ToString().TrimEnd('/')} {message}"), $"{status}", "max_tokens is too large"),
            (failure.Error, failure.Type, failure.Said));
        Assert.DoesNotContain("max_tokens", failure.ForLog, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, null, "LLM_API_KEY is not set.")]
    [InlineData(403, Key, "check LLM_API_KEY.")]
    public async Task A_refused_key_names_the_setting(int status, string? key, string advice)
    {
        await using var server = await ScriptedServer.AnsweringAsync(status, """{"error":{"message":"Incorrect API key provided"}}""");

        var failure = (await Call.WithAsync(Call.Options(server.Address, key))).Failure();

        Assert.Equal(ErrorCategories.ProviderRejected, failure.Category);
        Assert.EndsWith($"refused the key (HTTP {status}): {advice}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var server = await ScriptedServer.AnsweringAsync(307, "", headers: ("Location", "/v1/elsewhere"));

        var failure = (await Call.ToAsync(server.Address)).Failure();

        Assert.Equal(ErrorCategories.ProviderRejected, failure.Category);
        Assert.Single(server.Bodies);
        Assert.EndsWith("answered with a redirect (HTTP 307): LLM_BASE_URL must name the server itself.", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429, "2", null, 2000.0)]
    [InlineData(503, "2", null, 2000.0)]
    [InlineData(429, "2", "150", 150.0)]
    [InlineData(429, "86400", null, 600_000.0)]
    [InlineData(429, "Fri, 01 Jan 1999 00:00:00 GMT", null, 0.0)]
    [InlineData(429, "soon", null, null)]
    [InlineData(500, "2", null, null)]
    [InlineData(400, "2", null, null)]
    public async Task A_busy_server_says_when_to_come_back(int status, string retryAfter, string? milliseconds, double? pause)
    {
        await using var server = await ScriptedServer.AnsweringAsync(
            status, "{}", headers: [("Retry-After", retryAfter), .. milliseconds is null ? [] : new[] { ("retry-after-ms", milliseconds) }]);

        var failure = (await Call.ToAsync(server.Address)).Failure();

        Assert.Equal(pause, failure.Pause?.TotalMilliseconds);
    }

    [Theory]
    [InlineData("""{"error":"model not loaded"}""", ": model not loaded")]
    [InlineData("""{"object":"error","message":"too long"}""", ": too long")]
    [InlineData("""{"detail":[{"loc":["body"],"msg":"Field required"}]}""", ": Field required")]
    [InlineData("upstream\n  connect error", ": upstream connect error")]
    [InlineData("<html><body>Bad Gateway</body></html>", ".")]
    [InlineData("", ".")]
    [InlineData("{}", ".")]
    [InlineData("{ not json", ": { not json")]
    public async Task Every_known_shape_of_an_error_is_read(string body, string end)
    {
        await using var server = await ScriptedServer.AnsweringAsync(500, body);

        var failure = (await Call.ToAsync(server.Address)).Failure();

        Assert.Equal($"openai-compatible at {server.Address.ToString().TrimEnd('/')} failed (HTTP 500){end}", failure.Message);
    }

    [Fact]
    public async Task A_long_message_is_cut_and_our_key_never_repeated()
    {
        await using var server = await ScriptedServer.AnsweringAsync(400, $$$"""{"error":{"message":"bad key {{{Key}}} {{{new string('x', 600)}}}"}}""");

        var failure = (await Call.WithAsync(Call.Options(server.Address, Key))).Failure();

        Assert.DoesNotContain(Key, failure.Message, StringComparison.Ordinal);
        Assert.Contains("bad key *** xxx", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("x…", failure.Message, StringComparison.Ordinal);
        Assert.InRange(failure.Message.Length, 500, 600);
    }
}
