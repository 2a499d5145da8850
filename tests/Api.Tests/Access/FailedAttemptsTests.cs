using System.Net;
using AiPlatform.Api.Access;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests.Access;

public sealed class FailedAttemptsTests(ClosedApiFixture fixture) : IClassFixture<ClosedApiFixture>
{
    static readonly IPAddress Somebody = IPAddress.Parse("192.0.2.1");

    readonly ManualTimeProvider _time = new();

    [Fact]
    public void An_address_may_try_20_times_and_then_once_every_3_s()
    {
        var attempts = new FailedAttempts(_time);
        Use(attempts, Somebody);
        Assert.Equal(TimeSpan.FromSeconds(3), attempts.Judge(Somebody, isRight: false));
        Assert.Equal(TimeSpan.FromSeconds(3), attempts.Judge(Somebody, isRight: true));
        Assert.Null(attempts.Judge(IPAddress.Parse("192.0.2.2"), isRight: false));

        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Null(attempts.Judge(Somebody, isRight: true));
        Assert.Null(attempts.Judge(Somebody, isRight: false));
        Assert.NotNull(attempts.Judge(Somebody, isRight: true));
    }

    [Fact]
    public void Of_IPv6_a_network_counts_as_one()
    {
        var attempts = new FailedAttempts(_time);
        Use(attempts, IPAddress.Parse("2001:db8:0:1::1"));
        Assert.NotNull(attempts.Judge(IPAddress.Parse("2001:db8:0:1:ffff::2"), isRight: true));
        Assert.Null(attempts.Judge(IPAddress.Parse("2001:db8:0:2::1"), isRight: true));
        Use(attempts, Somebody);
        Assert.NotNull(attempts.Judge(Somebody.MapToIPv6(), isRight: true));
    }

    [Fact]
    public void An_address_is_forgotten_after_5000_to_10000_others()
    {
        var attempts = new FailedAttempts(_time);
        var others = 0;
        void Fail(int most)
        {
            for (; others < most; others++)
                attempts.Judge(new IPAddress([10, 0, (byte)(others >> 8), (byte)others]), isRight: false);
        }
        Use(attempts, Somebody);
        Fail(9_999);
        Assert.NotNull(attempts.Judge(Somebody, isRight: true));
        Fail(10_000);
        Assert.Null(attempts.Judge(Somebody, isRight: true));
    }

    [Fact]
    public async Task Words_are_limited_and_generated_tokens_are_not()
    {
        var generated = await fixture.Api.MakeAsync(ClosedApiFixture.Token, "limited", """ "roles":["read"],"owner_services":["a"] """);
        // Far more than an address has in the time that they may take at most.
        var answers = await Task.WhenAll(Enumerable.Range(0, 3 * FailedAttempts.Most).Select(_ => fixture.Api.AsAsync("wrong", "GET", "/api/v1/stats")));
        Assert.InRange(answers.Count(one => one.Status == 401), FailedAttempts.Most, 3 * FailedAttempts.Most);
        var answer = answers.First(one => one.Status != 401);
        answer.IsProblem(429, "over_limit", "Too many words that are no tokens came from this address. Nothing was done.");
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 3);
        Assert.Equal(200, (await fixture.Api.AsAsync(generated, "GET", "/api/v1/stats")).Status);
    }

    static void Use(FailedAttempts attempts, IPAddress address)
    {
        for (var i = 0; i < FailedAttempts.Most; i++)
            Assert.Null(attempts.Judge(address, isRight: false));
    }
}
