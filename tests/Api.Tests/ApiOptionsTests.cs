using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Tests;

public sealed class ApiOptionsTests
{
    [Fact]
    public void Defaults_are_these()
    {
        var options = new ApiOptions();
        Assert.Equal(
            ((string?)null, TimeSpan.FromMinutes(5), (TimeSpan?)null, TimeSpan.FromSeconds(15), (string?)null, (string?)null),
            (options.ServiceToken, options.LlmTimeout, options.ChatTimeout, options.EventsHeartbeat, options.SidecarTokenFile, options.SidecarToken));
        Assert.Empty(options.SidecarUrls);
        Assert.Equal(TimeSpan.FromSeconds(2), options.SidecarTimeout);
        Assert.Equal((TimeSpan.FromSeconds(2), false), (options.ChatLeftGrace, options.ChatKeepLeft));
    }

    [Fact]
    public void A_chat_waits_as_long_as_the_model_may_take_and_half_a_minute_for_the_queue()
    {
        Assert.Equal(TimeSpan.FromMinutes(5.5), new ApiOptions().WaitFor("llm_chat"));
        Assert.Equal(TimeSpan.FromSeconds(7), new ApiOptions { ChatTimeout = TimeSpan.FromSeconds(7) }.WaitFor("embedding"));
    }

    [Fact]
    public void Bad_settings_stop_the_start_and_are_all_named()
    {
        var failure = Assert.Throws<OptionsValidationException>(() => ApiHost.Build(
        [
            "--DATABASE_URL=postgres://localhost/jobs", "--REDIS_URL=localhost", "--CHAT_TIMEOUT=soon", "--EVENTS_HEARTBEAT=1ms",
            "--INFRA_SIDECAR_URL=a=http://a,sidecar",
        ]));
        Assert.Equal(
            [
                "CHAT_TIMEOUT is 'soon': a duration from 1s to 1d is expected.",
                "EVENTS_HEARTBEAT is '1ms': a duration from 1s to 5m is expected.",
                "INFRA_SIDECAR_URL is 'a=http://a,sidecar': entry 2 must be an http or https address without a password, "
                    + "such as http://gpu1:8082 or gpu1=http://gpu1:8082.",
            ],
            failure.Failures.Order());
    }
}
