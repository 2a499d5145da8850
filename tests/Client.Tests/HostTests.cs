using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using static AiPlatform.Client.Tests.ScriptedServer;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>The clients in a host that has its own mind about HTTP.</summary>
public sealed class HostTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_handler_that_repeats_what_all_clients_of_a_host_send_is_left_out(bool isAddedBefore)
    {
        await using var server = await AnsweringAsync(404, "application/problem+json", Problem(404, "not_found"));
        var builder = Host.CreateEmptyApplicationBuilder(null);
        if (isAddedBefore)
            AddTo(builder);
        builder.Services.AddAiPlatformClient(options => options.BaseAddress = server.Address);
        if (!isAddedBefore)
            AddTo(builder);
        using var host = builder.Build();
        await FailsAsync(() => host.Services.GetRequiredService<AiPlatformClient>().RetryAsync(Guid.NewGuid(), Ct), "not_found", 404);
        Assert.Equal(1, server.Requests);

        using var other = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("other");
        using var answer = await other.GetAsync(server.Address, Ct);
        Assert.Equal(3, server.Requests);
    }

    [Fact]
    public async Task Without_an_address_the_host_does_not_start_unless_its_HttpClient_has_one()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddAiPlatformClient(options => options.Token = Token);
        using (var host = builder.Build())
        {
            var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Ct));
            Assert.Equal("BaseAddress is required, such as https://ai.example.com/.", failure.Message);
        }

        await using var server = await AnsweringAsync(404, "application/problem+json", Problem(404, "not_found"));
        var named = Host.CreateEmptyApplicationBuilder(null);
        named.Services.AddAiPlatformClient(options => options.Token = Token).ConfigureHttpClient(http => http.BaseAddress = server.Address);
        using var started = named.Build();
        await started.StartAsync(Ct);
        await FailsAsync(() => started.Services.GetRequiredService<WorkerClient>().ClaimAsync(Claim("t"), Ct), "not_found", 404);
        await started.StopAsync(Ct);
    }

    static void AddTo(HostApplicationBuilder builder) =>
        builder.Services.ConfigureHttpClientDefaults(http => http.AddHttpMessageHandler(() => new ResilienceHandler()));
}
