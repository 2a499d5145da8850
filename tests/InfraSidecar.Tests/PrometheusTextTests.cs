using AiPlatform.InfraSidecar.Vllm;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class PrometheusTextTests
{
    [Theory]
    [InlineData("a 1", 1)]
    [InlineData("a  1.0777853952e+010 1712345678901", 10_777_853_952)]
    [InlineData("a\t-5", -5)]
    [InlineData("  a {} 3 ", 3)]
    [InlineData("a +Inf", double.PositiveInfinity)]
    [InlineData("a Inf", double.PositiveInfinity)]
    [InlineData("a -Inf", double.NegativeInfinity)]
    [InlineData("a NaN", double.NaN)]
    public void A_value_is_read(string line, double expected) => Assert.Equal(expected, Assert.Single(Parse(line)["a"]).Value);

    [Theory]
    [InlineData("""a{x="plain"} 1""", "plain")]
    [InlineData("""a{ x = "spaced" , y="2", } 1""", "spaced")]
    [InlineData("""a{y="x=\"no\"",x="}, {"} 1""", "}, {")]
    [InlineData("""a{x="quote \" backslash \\ line \n end"} 1""", "quote \" backslash \\ line \n end")]
    [InlineData("""a{x=""} 1""", "")]
    [InlineData("""a{y="only"} 1""", "")]
    public void A_label_is_read(string line, string expected) => Assert.Equal(expected, Assert.Single(Parse(line)["a"]).Label("x"));

    [Theory]
    [InlineData("a")]
    [InlineData("a one")]
    [InlineData("a 1,5")]
    [InlineData("""a{x="never closed 1""")]
    [InlineData("""a{x="no brace" 1""")]
    [InlineData("""a{x=1} 1""")]
    [InlineData("""a{="nameless"} 1""")]
    [InlineData("a{")]
    [InlineData("# a 1")]
    [InlineData("{} 1")]
    public void A_line_that_is_none_hides_no_other(string line) => Assert.Equal([7], Parse($"{line}\r\n\na 7\n")["a"].Select(sample => sample.Value));

    [Fact]
    public void Names_are_taken_whole()
    {
        var found = PrometheusText.Parse("a_total 1\na 2\nab 3", name => name is "a" ? "kept" : null);

        Assert.Equal(["kept"], found.Keys);
        Assert.Equal([2], found["kept"].Select(sample => sample.Value));
    }

    static Dictionary<string, List<PrometheusSample>> Parse(string text) => PrometheusText.Parse(text, name => name.ToString());
}
