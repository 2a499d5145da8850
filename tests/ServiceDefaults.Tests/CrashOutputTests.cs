namespace AiPlatform.ServiceDefaults.Tests;

/// <summary>What a process says at its end names no secret, whoever wrote the message.</summary>
public sealed class CrashOutputTests
{
    const string Token = "word-of-the-sample";

    [Fact]
    public async Task A_start_that_crashes_hides_the_secrets_and_shows_where_it_was()
    {
        using var sample = SampleProcess.Start(("SAMPLE_TOKEN", Token), ("SAMPLE_CRASHES", "true"), ("HTTP_PORT", "0"));
        var (exitCode, output, error) = await sample.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("Unhandled exception. System.InvalidOperationException: the start was refused with ***", error, StringComparison.Ordinal);
        Assert.Contains("Program.<Main>$", error, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, output + error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task A_loop_that_fails_hides_them_in_every_form_of_the_log(string environment)
    {
        using var sample = SampleProcess.Start(
            ("SAMPLE_TOKEN", Token), ("SAMPLE_LOOP_END", "with_secret"), ("HTTP_PORT", "0"), ("DOTNET_ENVIRONMENT", environment));
        var (exitCode, output, error) = await sample.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("the loop was refused with ***", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, output + error, StringComparison.Ordinal);
    }
}
