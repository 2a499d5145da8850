using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AiPlatform.Client.Tests;

/// <summary>Settings of the client: what they are by themselves, and what is said of wrong ones.</summary>
public sealed class OptionsTests(UnservedApi api) : IClassFixture<UnservedApi>
{
    [Fact]
    public void Defaults_are_those_that_are_documented()
    {
        var options = new AiPlatformClientOptions();
        Assert.Equal(
            (null, null, null, TimeSpan.FromSeconds(100), TimeSpan.FromMinutes(6), TimeSpan.FromMinutes(15)),
            (options.BaseAddress, options.Token, options.TokenProvider, options.Timeout, options.ChatTimeout, options.UploadTimeout));
        Assert.Equal(
            (TimeSpan.FromMinutes(11), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(5), true),
            (options.ManyTimeout, options.StreamIdleTimeout, options.RetryFor, options.FirstPause, options.LongestPause, options.MakeIdempotencyKeys));
    }

    [Fact]
    public void Wrong_settings_are_told_all_at_once()
    {
        var options = new AiPlatformClientOptions
        {
            BaseAddress = new Uri("relative", UriKind.Relative),
            Token = "two words",
            TokenProvider = _ => new("t"),
            Timeout = TimeSpan.Zero,
            FirstPause = TimeSpan.FromSeconds(10),
        };
        var failure = Assert.Throws<ArgumentException>(() => new AiPlatformClient(options));
        Assert.Equal(
            "BaseAddress must be absolute, such as https://ai.example.com/. Token and TokenProvider exclude each other; give one of them. "
            + "Token must have 1 to 4096 characters, printable ones of ASCII without blanks. Timeout is 00:00:00; allowed: 00:00:00.0010000 to 1.00:00:00. "
            + "LongestPause is 00:00:05; allowed: 00:00:10 to 1.00:00:00. (Parameter 'options')",
            failure.Message);
        Assert.StartsWith("BaseAddress is required", Assert.Throws<ArgumentException>(() => new WorkerClient(new AiPlatformClientOptions())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_in_the_address_stays_in_front_of_the_routes()
    {
        await using var server = await ScriptedServer.StartAsync((context, _) =>
            ScriptedServer.AnswerAsync(context, 404, "application/problem+json", ScriptedServer.Problem(404, context.Request.Path.Value!.Replace('/', '_'))));
        foreach (var path in (string[])["team/ai", "team/ai/"])
        {
            using var client = new AiPlatformClient(TestApi.Options(new Uri(server.Address, path)));
            await TestApi.FailsAsync(() => client.StatsAsync(TestApi.Ct), "_team_ai_api_v1_stats", 404);
        }
    }

    [Fact]
    public async Task A_hosts_services_have_both_clients()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddAiPlatformClient(options => (options.BaseAddress, options.Token) = (api.Address, TestApi.Token));
        using var host = builder.Build();
        await host.StartAsync(TestApi.Ct);
        var client = host.Services.GetRequiredService<AiPlatformClient>();
        Assert.Same(client, host.Services.GetRequiredService<AiPlatformClient>());
        var job = await client.SubmitAsync(TestApi.Job("services"), TestApi.Ct);
        var claimed = Assert.Single(await host.Services.GetRequiredService<WorkerClient>().ClaimAsync(TestApi.Claim("services"), TestApi.Ct));
        Assert.Equal(job.Id, claimed.Id);
        await host.StopAsync(TestApi.Ct);
    }

    [Fact]
    public async Task Wrong_settings_stop_the_start_of_the_host()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddAiPlatformClient(options => (options.BaseAddress, options.RetryFor) = (new Uri("http://user:secret@ai"), TimeSpan.FromDays(2)));
        using var host = builder.Build();
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestApi.Ct));
        Assert.Equal(
            "BaseAddress must have no user and no password; give a Token.; RetryFor is 2.00:00:00; allowed: 00:00:00 to 1.00:00:00.", failure.Message);
    }
}
