using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.WorkerRuntime.Tests.Providers;

public sealed class ProviderAddressTests
{
    [Theory]
    [InlineData("http://h:1", "http://h:1/v1")]
    [InlineData("http://h:1/", "http://h:1/v1")]
    [InlineData("http://h:1/v1", "http://h:1/v1")]
    [InlineData("http://h:1/v1/", "http://h:1/v1")]
    [InlineData("https://h/openai/v1", "https://h/openai/v1")]
    [InlineData("https://h/v1beta/openai/", "https://h/v1beta/openai")]
    [InlineData("https://h/vllm", "https://h/vllm/v1")]
    [InlineData("http://user:secret@h:1/?key=secret", "http://h:1/v1")]
    public void The_version_is_added_where_it_is_missing(string given, string used) =>
        Assert.Equal(used, ProviderAddress.Versioned(new Uri(given)).ToString());

    [Fact]
    public void Neither_key_nor_path_nor_user_is_shown() => Assert.Equal("gpu at http://gpu:8000", new TestProvider("sk-1234").ToString());
}
