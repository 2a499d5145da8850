namespace AiPlatform.Jobs.Tests;

public sealed class JobTraceTests
{
    const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Theory]
    [InlineData(null, null, false, null)]
    [InlineData(Parent, null, false, Parent)]
    [InlineData(Parent, null, true, Parent + ";awaited")]
    [InlineData(Parent, "a=1;b,c=2", false, Parent + ";;a=1;b,c=2")]
    [InlineData(Parent, "a=1", true, Parent + ";awaited;a=1")]
    public void What_is_stored_is_read_as_it_was(string? parent, string? state, bool isAwaited, string? stored)
    {
        var trace = new JobTrace(parent, state, isAwaited);

        Assert.Equal(stored, trace.Stored());
        Assert.Equal(trace, JobTrace.Read(stored));
    }

    [Fact]
    public void A_trace_state_beyond_what_must_be_passed_on_is_left_out() =>
        Assert.Equal(Parent, new JobTrace(Parent, new string('x', 513), false).Stored());
}
