using AiPlatform.ServiceDefaults.Startup;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiPlatform.ServiceDefaults.Tests;

public sealed class SettingsFailureTests
{
    [Theory]
    [InlineData("R_LIMIT", "abc", "R_LIMIT is 'abc': a whole number from 1 to 1000 is expected.")]
    [InlineData("R_LIMIT", "0", "R_LIMIT is '0': a whole number from 1 to 1000 is expected.")]
    [InlineData("R_LIMIT", "99999999999", "R_LIMIT is '99999999999': a whole number from 1 to 1000 is expected.")]
    [InlineData("R_LIMIT", "1.5", "R_LIMIT is '1.5': a whole number from 1 to 1000 is expected.")]
    [InlineData("R_SHARE", "0", "R_SHARE is '0': a number above 0 up to 1 is expected.")]
    [InlineData("R_SHARE", "NaN", "R_SHARE is 'NaN': a number above 0 up to 1 is expected.")]
    [InlineData("R_BEAT", "2", "R_BEAT is '2': a duration from 250ms to 1m30s is expected.")]
    [InlineData("R_BEAT", "2m", "R_BEAT is '2m': a duration from 250ms to 1m30s is expected.")]
    [InlineData("R_SERVER", "localhost:11434", "R_SERVER is 'localhost:11434': an absolute http or https address is expected.")]
    [InlineData("R_SERVER", "http://\u05d01a.example", "R_SERVER is 'http://\u05d01a.example': an absolute http or https address is expected.")]
    [InlineData("R_SERVER", "ftp://a:b/c@example.com", "R_SERVER is 'ftp://***@example.com': an absolute http or https address is expected.")]
    [InlineData("R_LEVEL", "urgent", "R_LEVEL is 'urgent': one of hi, normal, very_low is expected.")]
    [InlineData("R_LEVEL", "1", "R_LEVEL is '1': one of hi, normal, very_low is expected.")]
    [InlineData("R_LEVELS", "hi,urgent", "R_LEVELS is 'hi,urgent': a comma-separated list, each one of hi, normal, very_low, is expected.")]
    [InlineData("R_FLAG", "maybe", "R_FLAG is 'maybe': true or false is expected.")]
    [InlineData("R_NAME", "far too long", "R_NAME is 'far too long': text of at most 8 characters is expected.")]
    [InlineData("R_MODE", "cheap", "R_MODE is 'cheap': one of fast, quality is expected.")]
    [InlineData("R_PATTERN", "A1", "R_PATTERN is 'A1': only letters a to z are expected.")]
    [InlineData("R_SECRET", "geheim", "R_SECRET is not valid: text of 8 to 64 characters is expected.")]
    [InlineData("R_URL", "", "R_URL is not set: a value is expected.")]
    [InlineData("R_LEASE", "20s", "R_BEAT is '10s', R_LEASE is '20s': the lease must be at least three beats.")]
    public void A_setting_that_is_not_valid_is_named_with_what_is_allowed(string name, string value, string expected)
    {
        Assert.Equal($"Sample cannot start: 1 setting is not valid.{Environment.NewLine}  {expected}", Refusal("--R_URL=x", $"--{name}={value}"));
    }

    [Fact]
    public void One_message_lists_every_setting_of_every_options_class()
    {
        Assert.Equal(
            """
            Sample cannot start: 5 settings are not valid.
              R_URL is not set: a value is expected.
              R_LIMIT is 'abc': a whole number from 1 to 1000 is expected.
              R_SECRET is not valid: text of 8 to 64 characters is expected.
              T_WHOLE is 'many': a whole number is expected.
              T_FLAG is 'perhaps': true or false is expected.
            """,
            Refusal("--R_LIMIT=abc", "--R_SECRET=geheim", "--T_WHOLE=many", "--T_FLAG=perhaps"),
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void A_long_value_is_shortened() => Assert.EndsWith(
        $"R_LIMIT is '{new string('9', 120)}…': a whole number from 1 to 1000 is expected.",
        Refusal("--R_URL=x", $"--R_LIMIT={new string('9', 5000)}"),
        StringComparison.Ordinal);

    [Fact]
    public void A_defect_is_not_explained_away() => Assert.Null(StartupFailure.Explain(new InvalidOperationException("defect"), "Sample"));

    [Fact]
    public void A_library_adds_its_own_failures_to_the_message()
    {
        var refusal = Refusal(
            builder => builder.Services.AddOptions<EveryType>()
                .Validate(options => options.Text.Length > 100, "DATABASE_URL is not a connection string.")
                .ValidateOnStart(),
            "--R_URL=x", "--R_LIMIT=0");

        Assert.Equal(
            """
            Sample cannot start: 2 settings are not valid.
              R_LIMIT is '0': a whole number from 1 to 1000 is expected.
              DATABASE_URL is not a connection string.
            """,
            refusal,
            ignoreLineEndingDifferences: true);
    }

    static string? Refusal(params string[] args) => Refusal(builder => builder.AddSettings<EveryType>(), args);

    static string? Refusal(Action<IHostApplicationBuilder> configure, params string[] args)
    {
        using var host = TestApp.Build(
            builder =>
            {
                builder.AddSettings<RuledOptions>();
                configure(builder);
            },
            args);
        var failure = Assert.ThrowsAny<Exception>(() => host.MapDefaultEndpoints());
        return StartupFailure.Explain(failure, "Sample");
    }
}
