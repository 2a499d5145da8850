namespace AiPlatform.ServiceDefaults.Tests;

public sealed class FailFastTests
{
    [Theory]
    [InlineData("with_fault", "SampleLoop failed and the process ends with exit code 1. InvalidOperationException: the loop met a defect")]
    [InlineData("with_timeout", "SampleLoop failed and the process ends with exit code 1. TaskCanceledException: the request timed out")]
    public async Task A_loop_that_fails_ends_the_process_with_a_failure(string end, string expected)
    {
        using var sample = SampleProcess.Start(("HTTP_PORT", "0"), ("SAMPLE_LOOP_END", end));

        var (exitCode, output, error) = await sample.EndAsync();

        Assert.Equal((1, ""), (exitCode, error));
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_is_asked_to_stop_ends_without_a_failure()
    {
        using var sample = SampleProcess.Start(("HTTP_PORT", "0"));
        await sample.ListeningAsync();

        await sample.TerminateAsync();

        var (exitCode, _, error) = await sample.EndAsync();
        Assert.Equal((0, ""), (exitCode, error));
    }

    [Fact]
    public async Task Settings_that_are_not_valid_are_one_message_without_a_stack_trace()
    {
        using var sample = SampleProcess.Start(
            ("SAMPLE_CLAIM_LIMIT", "abc"), ("SAMPLE_TOKEN", "geheim"), ("SAMPLE_LOOP_END", "never"),
            ("HTTP_HOST", "example"), ("HTTP_PORT", "70000"));

        var (exitCode, output, error) = await sample.EndAsync();

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal(
            """
            AiPlatform.ServiceDefaults.Sample cannot start: 5 settings are not valid.
              SAMPLE_LOOP_END is 'never': one of on_shutdown, with_fault, with_timeout, with_secret is expected.
              SAMPLE_CLAIM_LIMIT is 'abc': a whole number from 1 to 1000 is expected.
              SAMPLE_TOKEN is not valid: text of 8 to 64 characters is expected.
              HTTP_HOST is 'example': an IP address, localhost or * is expected.
              HTTP_PORT is '70000': a whole number from 0 to 65535 is expected.

            """,
            error,
            ignoreLineEndingDifferences: true);
    }
}
