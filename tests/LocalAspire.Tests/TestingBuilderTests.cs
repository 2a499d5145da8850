using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace AiPlatform.LocalAspire.Tests;

/// <summary>An AppHost's own Main under test.</summary>
public sealed class TestingBuilderTests
{
    static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_whole_application_of_an_AppHost_starts_and_answers()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SampleAppHost>(
            ["--Parameters:greeting=hello"], Cancelled);
        Assert.Equal(["greeting", "postgres", "jobs", "redis", "back", "front"], builder.Resources.Select(resource => resource.Name));
        await using var application = await builder.BuildAsync(Cancelled);
        await application.StartAsync(Cancelled);
        await application.ResourceNotifications.WaitForResourceHealthyAsync("front", Cancelled);

        using var client = application.CreateHttpClient("front", "http");
        using var response = await client.GetAsync(new Uri("/readyz", UriKind.Relative), Cancelled);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.EndsWith(";Database=jobs", await application.GetConnectionStringAsync("jobs", Cancelled));
    }

    [Fact]
    public async Task What_goes_wrong_in_Main_reaches_the_test()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => DistributedApplicationTestingBuilder.CreateAsync<Projects.SampleAppHost>(["--FRONT_PORT=no number"], Cancelled));
        Assert.StartsWith("Failed to convert configuration value 'no number' at 'FRONT_PORT'", exception.Message);
    }

    [Fact]
    public async Task A_builder_that_is_never_built_leaves_nothing_waiting()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SampleAppHost>(Cancelled);
        await builder.DisposeAsync();
    }

    [Fact]
    public async Task Nothing_can_be_reached_before_the_start()
    {
        await using var builder = DistributedApplicationTestingBuilder.Create();
        builder.AddProject<Projects.SampleService>("api").WithHttpEndpoint();
        await using var application = await builder.BuildAsync(Cancelled);

        var exception = Assert.Throws<InvalidOperationException>(() => application.GetEndpoint("api"));
        Assert.Equal("The application must be started before resources can be reached.", exception.Message);
    }

    [Fact]
    public async Task An_unknown_resource_is_named()
    {
        await using var sample = await SampleApplication.StartAsync(_ => { }, Cancelled);

        Assert.Equal(
            "There is no resource 'nobody' in the application model.",
            (await Assert.ThrowsAsync<DistributedApplicationException>(
                () => sample.Notifications.WaitForResourceHealthyAsync("nobody", Cancelled))).Message);
        Assert.Throws<ArgumentException>(() => sample.Application.CreateHttpClient("nobody"));
    }
}
