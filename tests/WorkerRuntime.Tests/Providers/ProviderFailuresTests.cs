using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.WorkerRuntime.Tests.Providers;

public sealed class ProviderFailuresTests
{
    static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("""{"message":"bad audio","code":400}""", "input_rejected", "refused the request: bad audio")]
    [InlineData("""{"message":"no such key","code":401}""", "provider_rejected", "refused the request: no such key")]
    [InlineData("""{"message":"too many","code":429}""", "provider_error", "answered with an error: too many")]
    [InlineData("""{"message":"no memory","code":500}""", "provider_error", "answered with an error: no memory")]
    [InlineData("""{"message":"no memory","code":"server_error"}""", "provider_error", "answered with an error: no memory")]
    [InlineData("\"no memory\"", "provider_error", "answered with an error: no memory")]
    [InlineData("{}", "provider_error", "answered with an error: it does not say which.")]
    public void An_error_in_an_answer_is_refused_or_tried_again_by_its_code(string error, string category, string message)
    {
        var failure = ProviderFailures.OfError(new TestProvider(), JsonElement.Parse(error));
        Assert.Equal((new JobError(category, $"gpu at http://gpu:8000 {message}"), "error_in_answer"), (failure.Error, failure.Type));
    }

    [Theory]
    [InlineData("2", null, 2.0)]
    [InlineData("2", "150", 0.15)]
    [InlineData("2", "NaN", 2.0)]
    [InlineData("2", "-5", 0.0)]
    [InlineData("86400", null, 600.0)]
    [InlineData("Thu, 01 Jan 2026 00:00:30 GMT", null, 30.0)]
    [InlineData("Fri, 01 Jan 1999 00:00:00 GMT", null, 0.0)]
    [InlineData("soon", null, null)]
    [InlineData(null, null, null)]
    public void A_pause_is_read_and_bounded(string? header, string? milliseconds, double? seconds) =>
        Assert.Equal(seconds, ProviderFailures.RetryAfter(header, milliseconds, Now)?.TotalSeconds);
}
