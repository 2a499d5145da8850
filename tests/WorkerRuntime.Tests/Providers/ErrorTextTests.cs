using System.Text.Json;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.WorkerRuntime.Tests.Providers;

public sealed class ErrorTextTests
{
    [Theory]
    [InlineData("""{"error":{"message":"too long","type":"x"}}""", "too long")]
    [InlineData("""{"object":"error","message":"too long","code":400}""", "too long")]
    [InlineData("""{"error":"too long"}""", "too long")]
    [InlineData("""{"detail":"too long"}""", "too long")]
    [InlineData("""{"detail":[{"loc":["body"],"msg":"too long"}]}""", "too long")]
    [InlineData("""[{"error":{"message":"too long"}}]""", "too long")]
    [InlineData("\uFEFF {\"error\":\"too long\"}", "too long")]
    [InlineData("upstream\r\n  connect\0error", "upstream connect error")]
    [InlineData("{ not json", "{ not json")]
    [InlineData("<html><body>Bad Gateway</body></html>", null)]
    [InlineData("", null)]
    [InlineData("{}", null)]
    [InlineData("""{"error":null}""", null)]
    // Half of a character: it can be read as JSON, but not as text.
    [InlineData("""{"error":"\ud800"}""", null)]
    [InlineData("""{"error":{"message":"\udc00 too long"}}""", null)]
    public void Every_known_shape_is_read(string body, string? text) => Assert.Equal(text, ErrorText.In(body, new TestProvider()));

    [Fact]
    public void An_error_inside_an_answer_is_read_the_same_way()
    {
        Assert.Equal("too long", ErrorText.In(JsonElement.Parse("""{"message":"too long"}"""), new TestProvider()));
        Assert.Null(ErrorText.In(JsonElement.Parse("""{"message":"\ud800"}"""), new TestProvider()));
    }

    [Fact]
    public void The_key_is_never_repeated() =>
        Assert.Equal("bad key ***, not ***", ErrorText.In("bad key sk-1234, not sk-1234", new TestProvider("sk-1234")));

    [Fact]
    public void A_long_message_is_cut() =>
        Assert.Equal(new string('x', 499) + "…", ErrorText.In(new string('x', 501), new TestProvider()));
}
