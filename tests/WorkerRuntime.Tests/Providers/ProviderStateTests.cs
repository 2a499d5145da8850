using AiPlatform.Contracts;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.WorkerRuntime.Tests.Providers;

public sealed class ProviderStateTests
{
    [Fact]
    public void Nothing_is_known_before_the_first_answer()
    {
        var report = new ProviderState(new TestProvider("sk-1234"), "m").Report();

        Assert.Equal(
            ("gpu", true, (bool?)null, "http://gpu:8000", "m", (string?)null),
            (report.Name, report.Configured, report.Reachable, report.Endpoint, report.Model, report.LastError));
        Assert.Empty(report.Models);
    }

    [Fact]
    public void Only_a_change_is_told()
    {
        var state = new ProviderState(new TestProvider(), "m");

        Assert.True(state.Found([new("m", 32768)], TimeSpan.FromMilliseconds(12.34)));
        Assert.False(state.Found([new("m", 4096), new("n", null)], TimeSpan.FromMilliseconds(1)));
        Assert.True(state.Lost());
        Assert.False(state.Lost());
        Assert.True(state.Found([], TimeSpan.Zero));
    }

    [Fact]
    public void The_context_of_a_model_is_what_the_server_said_last()
    {
        var state = new ProviderState(new TestProvider(), "m");
        Assert.Null(state.MaxContextOf("m"));

        state.Found([new("m", 4096), new("n", null)], TimeSpan.Zero);
        Assert.Equal((4096, null, null), (state.MaxContextOf("m"), state.MaxContextOf("n"), state.MaxContextOf("o")));

        state.Found([new("m", 8192)], TimeSpan.Zero);
        Assert.Equal(8192, state.MaxContextOf("m"));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(ErrorCategories.ProviderRejected, true)]
    [InlineData(ErrorCategories.ProviderError, false)]
    [InlineData(ErrorCategories.ProviderTimeout, false)]
    public void An_answer_to_a_call_shows_that_the_provider_is_there(string? category, bool reachable)
    {
        var state = new ProviderState(new TestProvider(), "m");
        state.Lost();

        state.Called(category is null ? null : new ProviderFailure(category, "said", "x"));

        Assert.Equal((reachable, category), (state.Report().Reachable, state.Report().LastError));
    }
}
