namespace AiPlatform.Bench.Tests;

/// <summary>What runs, and which earlier results it may replace.</summary>
public sealed class BenchArgumentsTests
{
    static readonly string[] Known = ["throughput", "pickup", "chat"];
    static readonly string[] ByName = ["soak"];

    [Theory]
    [InlineData("", "full", true)]
    [InlineData("chat pickup throughput", "full", true)]
    [InlineData("--rounds 9", "full-9-rounds", true)]
    [InlineData("--out laptop", "laptop", true)]
    [InlineData("--rounds 1", "full-1-rounds", false)]
    [InlineData("--quick", "quick", false)]
    [InlineData("--ours", "full-ours", false)]
    [InlineData("pickup throughput pickup", "throughput-pickup", false)]
    [InlineData("chat --quick --ours", "chat-quick-ours", false)]
    [InlineData("chat --out laptop", "laptop", false)]
    [InlineData("soak", "soak", false)]
    [InlineData("throughput pickup chat soak", "throughput-pickup-chat-soak", false)]
    public void Results_are_named_after_what_ran_and_only_a_complete_run_draws_the_chart(string args, string label, bool complete)
    {
        var read = BenchArguments.Read(args.Split(' ', StringSplitOptions.RemoveEmptyEntries), Known, ByName);
        Assert.Equal((label, complete), (read.Label, read.Complete));
        Assert.Equal(args.Contains("soak", StringComparison.Ordinal), read.Names.Contains("soak"));
    }

    [Theory]
    [InlineData("--rounds 0", "--rounds is '0'")]
    [InlineData("--rounds 3000000000", "--rounds is '3000000000'")]
    [InlineData("--rounds", "--rounds is ''")]
    [InlineData("--out ../x", "--out is '../x'")]
    [InlineData("speed", "does not know 'speed'")]
    public void What_is_not_understood_is_refused_by_name(string args, string expected) =>
        Assert.Contains(expected, Assert.Throws<BenchException>(() => BenchArguments.Read(args.Split(' '), Known, ByName)).Message, StringComparison.Ordinal);
}
