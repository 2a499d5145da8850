using System.Net;
using AiPlatform.Api.Callbacks;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Tests.Callbacks;

/// <summary>Where a <c>callback_url</c> may lead.</summary>
public sealed class CallbackGuardTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    const string NotPublic = ", which is not a public address; allowed: public ones, and what CALLBACK_ALLOWED_HOSTS lists.";
    const string Secret = "a secret of more than twenty-four bytes";

    /// <summary>60 characters, and more than the 63 of a label once DNS' spelling is found for them.</summary>
    const string LongLabel = "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü";

    static readonly CallbackMessage Message = new("id-1", "{}"u8.ToArray(), null);

    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http://127.0.0.1/", "leads to 127.0.0.1" + NotPublic)]
    [InlineData("http://2130706433/", "leads to 127.0.0.1" + NotPublic)]
    [InlineData("https://[::ffff:10.0.0.1]/", "leads to ::ffff:10.0.0.1" + NotPublic)]
    [InlineData("http://169.254.169.254/latest", "leads to 169.254.169.254" + NotPublic)]
    [InlineData("http://LOCALHOST./", "leads to localhost." + NotPublic)]
    [InlineData("https://receiver.invalid:6379/", "has the port 6379; allowed: 80 and 443, and what CALLBACK_ALLOWED_HOSTS lists.")]
    [InlineData("http://\u05d01a.example/", "must be an absolute http or https address of at most 2048 characters.")]
    [InlineData("http://" + LongLabel + ".example/", "must be an absolute http or https address of at most 2048 characters.")]
    [InlineData("http://127.0.0.1./", "leads to 127.0.0.1." + NotPublic)]
    [InlineData("http://[::ffff:0:10.0.0.1]/", "leads to ::ffff:0:10.0.0.1" + NotPublic)]
    [InlineData("http://168.63.129.16/machine", "leads to 168.63.129.16" + NotPublic)]
    [InlineData("https://me:pw@receiver.invalid/", "must not hold a user name or password; receivers know a callback by its signature.")]
    public async Task A_url_that_shows_itself_to_be_forbidden_is_refused_with_the_job(string url, string message)
    {
        var job = $$"""{"owner_service":"tests","task_type":"guard","input":1,"callback_url":"{{url}}"}""";
        (await _api.PostAsync("/api/v1/jobs", job)).IsInvalid($$"""{"callback_url":["{{message}}"]}""");
        (await _api.PostAsync("/api/v1/jobs/batch", $$"""{"jobs":[{{job}}]}""")).IsInvalid($$"""{"jobs[0].callback_url":["{{message}}"]}""");
    }

    [Theory]
    [InlineData("inside.test", "10.0.0.7")]
    [InlineData("half.test", "93.184.215.14", "::1")]
    [InlineData("metadata.test", "169.254.169.254")]
    public async Task A_name_that_leads_inside_is_given_up_before_anything_is_sent(string host, params string[] addresses)
    {
        using var client = Client(new() { Secrets = [Secret] }, (_, _) => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()));
        Assert.Equal(
            new CallbackOutcome.Failed(
                "is not a public address (private, loopback, link-local or reserved), nor one that CALLBACK_ALLOWED_HOSTS lists.",
                "forbidden_address", IsFinal: true),
            await client.PostAsync(new Uri($"https://{host}/done"), Message, Ct));
    }

    [Fact]
    public async Task A_name_is_looked_up_once_and_that_address_is_connected_to()
    {
        await using var receiver = await Receiver.AnsweringAsync(200);
        var lookups = 0;
        using var client = Client(
            new() { Secrets = [Secret], AllowedHosts = ["receiver.test:*"] },
            (_, _) => Task.FromResult(Interlocked.Increment(ref lookups) == 1 ? [IPAddress.Loopback] : new[] { IPAddress.Parse("192.0.2.1") }));
        Assert.IsType<CallbackOutcome.Delivered>(await client.PostAsync(new Uri(receiver.Url("receiver.test")), Message, Ct));
        Assert.Equal((1, 1), (lookups, receiver.Calls.Count));
    }

    [Fact]
    public async Task A_host_that_is_no_longer_allowed_is_given_up()
    {
        await using var receiver = await Receiver.AnsweringAsync(200);
        using var client = Client(new() { Secrets = [Secret] }, Dns.GetHostAddressesAsync);
        var outcome = Assert.IsType<CallbackOutcome.Failed>(await client.PostAsync(new Uri(receiver.Url()), Message, Ct));
        Assert.True(outcome.IsFinal);
        Assert.Empty(receiver.Calls);
    }

    [Theory]
    [InlineData("unknown.invalid:*", "http://unknown.invalid/", "is not a known name.", "name_resolution_error")]
    [InlineData("127.0.0.1:*", "http://127.0.0.1:1/", "could not be connected to.", "connection_error")]
    public async Task A_receiver_that_is_not_there_is_called_again(string allowed, string url, string reason, string type)
    {
        using var client = Client(new() { Secrets = [Secret], AllowedHosts = [allowed] }, (_, _) =>
            throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.HostNotFound));
        Assert.Equal(new CallbackOutcome.Failed(reason, type), await client.PostAsync(new Uri(url), Message, Ct));
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("soon", null)]
    public async Task A_receiver_may_say_when_to_come_back(string header, int? seconds)
    {
        await using var receiver = await Receiver.StartAsync((_, context) =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = header;
            return Task.CompletedTask;
        });
        using var client = Client(new() { Secrets = [Secret], AllowedHosts = ["127.0.0.1:*"] }, Dns.GetHostAddressesAsync);
        Assert.Equal(
            new CallbackOutcome.Failed("answered 503.", "503", RetryAfter: seconds is { } s ? TimeSpan.FromSeconds(s) : null),
            await client.PostAsync(new Uri(receiver.Url()), Message, Ct));
    }

    [Fact]
    public async Task An_answer_without_an_end_is_not_read()
    {
        await using var receiver = await Receiver.StartAsync(async (_, context) =>
        {
            var noise = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(noise, context.RequestAborted);
        });
        using var client = Client(new() { Secrets = [Secret], AllowedHosts = ["127.0.0.1:*"] }, Dns.GetHostAddressesAsync);
        Assert.IsType<CallbackOutcome.Delivered>(await client.PostAsync(new Uri(receiver.Url()), Message, Ct));
    }

    static CallbackClient Client(CallbackOptions settings, AiPlatform.ServiceDefaults.Egress.HostResolver resolve)
    {
        var options = Options.Create(settings);
        var signature = new CallbackSignature(options);
        return new CallbackClient(options, new CallbackRules(options, signature), signature, resolve, TimeProvider.System);
    }
}
