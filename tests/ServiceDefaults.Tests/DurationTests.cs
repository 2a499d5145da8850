using AiPlatform.ServiceDefaults.Settings;

namespace AiPlatform.ServiceDefaults.Tests;

public sealed class DurationTests
{
    [Theory]
    [InlineData("0", "00:00:00")]
    [InlineData("5m", "00:05:00")]
    [InlineData("1h30m", "01:30:00")]
    [InlineData("2s", "00:00:02")]
    [InlineData("250ms", "00:00:00.2500000")]
    [InlineData("1.5h", "01:30:00")]
    [InlineData("1m0.5s", "00:01:00.5000000")]
    [InlineData("100us", "00:00:00.0001000")]
    [InlineData("7d", "7.00:00:00")]
    [InlineData("-5s", "-00:00:05")]
    [InlineData("00:05:00", "00:05:00")]
    [InlineData("1.02:03:04", "1.02:03:04")]
    public void Go_and_dotnet_forms_are_read(string text, string expected) => Assert.Equal(expected, Duration.Parse(text)?.ToString());

    [Theory]
    [InlineData("5")]
    [InlineData("5.5")]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("5 m")]
    [InlineData("5M")]
    [InlineData("5m ")]
    [InlineData("5x")]
    [InlineData("1h-5m")]
    [InlineData(".5s")]
    [InlineData("٥m")]
    [InlineData("99:99:99")]
    [InlineData("9999999999d")]
    [InlineData("99999999999999999999999999999999999999s")]
    public void Anything_else_is_refused(string text) => Assert.Null(Duration.Parse(text));

    [Theory]
    [InlineData("0s")]
    [InlineData("90ms")]
    [InlineData("1m30s")]
    [InlineData("1d2h3m4s5ms6us")]
    [InlineData("-15m")]
    public void The_written_form_is_read_back(string text) => Assert.Equal(text, Duration.Write(Duration.Parse(text)!.Value));
}
