using AiPlatform.Api.Callbacks;
using AiPlatform.Testing;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Tests.Callbacks;

public sealed class CallbackOptionsTests(Stores stores)
{
    [Fact]
    public void Defaults_are_these()
    {
        var options = new CallbackOptions();
        Assert.Empty(options.Secrets);
        Assert.Empty(options.AllowedHosts);
        Assert.Equal(
            (TimeSpan.FromSeconds(10), 64, 4, 8, TimeSpan.FromSeconds(15), TimeSpan.FromDays(1), 1),
            (options.Timeout, options.Concurrency, options.HostConcurrency, options.MaxTries, options.RetryDelay, options.MaxAge, options.MaxBodyMegabytes));
    }

    [Fact]
    public void Bad_settings_stop_the_start_and_no_secret_is_shown()
    {
        var failure = Assert.Throws<OptionsValidationException>(() => ApiHost.Build(
        [
            "--DATABASE_URL=postgres://localhost/jobs", "--REDIS_URL=localhost", "--CALLBACK_SECRET=too-short-a-secret",
            "--CALLBACK_ALLOWED_HOSTS=minio,http://x",
        ]));
        Assert.Equal(
            [
                "CALLBACK_ALLOWED_HOSTS is 'minio,http://x': 'http://x' is not a host; name, *.domain or an address is expected, each with or without :port.",
                "CALLBACK_SECRET is not valid: one or two secrets are expected, each of at least 24 bytes: whsec_ and base64, or any text without a comma.",
            ],
            failure.Failures.Order());
    }

    [Theory]
    [InlineData("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", true)]
    [InlineData("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=", false)]
    [InlineData("whsec_this is not base64, though it is long", false)]
    [InlineData("any text of twenty-four b", true)]
    [InlineData("any text of twenty-four", false)]
    public void A_secret_has_at_least_24_bytes(string secret, bool isKey) => Assert.Equal(isKey, CallbackSignature.KeyOf(secret) is not null);

    /// <summary>The example of the Standard Webhooks project.</summary>
    [Fact]
    public void The_signature_is_the_one_of_the_specification()
    {
        var signature = new CallbackSignature(Options.Create(new CallbackOptions { Secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] }));
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            signature.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1614265330), "{\"test\": 2432232314}"u8));
    }

    [Fact]
    public void The_pauses_of_eight_tries_span_most_of_a_day()
    {
        double Hours(double random) => Enumerable.Range(1, 7).Sum(tries =>
            CallbackBackoff.After(tries, TimeSpan.FromSeconds(15), null, TimeSpan.FromDays(1), random).TotalHours);
        Assert.Equal((17.066, 22.754), (Math.Round(Hours(0), 3), Math.Round(Hours(1), 3)));
        Assert.Equal(TimeSpan.FromDays(1), CallbackBackoff.After(50, TimeSpan.FromSeconds(15), null, TimeSpan.FromDays(1), 1));
        Assert.Equal(TimeSpan.FromMinutes(2), CallbackBackoff.After(1, TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(2), TimeSpan.FromDays(1), 1));
        Assert.Equal(TimeSpan.FromHours(1), CallbackBackoff.After(1, TimeSpan.FromSeconds(15), TimeSpan.FromDays(9), TimeSpan.FromDays(1), 1));
    }

    [Fact]
    public async Task Without_a_secret_a_callback_is_not_accepted()
    {
        await using var api = await RunningApi.StartAsync(stores, "CALLBACK_SECRET=");
        (await api.PostAsync("/api/v1/jobs", """{"owner_service":"tests","task_type":"t","input":1,"callback_url":"https://receiver.invalid/"}"""))
            .IsInvalid("""{"callback_url":["is not accepted: callbacks are signed, and CALLBACK_SECRET is not set."]}""");
    }
}
