using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace AiPlatform.LocalAspire.Tests;

/// <summary>What Aspire refuses is refused here too, before anything starts.</summary>
public sealed class EndpointRulesTests
{
    static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(5000, 5000, null, 1, "has a proxy, so its port and target port must differ.")]
    [InlineData(5000, 5001, null, 1, "needs a proxy between port and target port, which LocalAspire does not have.")]
    [InlineData(5000, 5001, false, 1, "has no proxy, so its port and target port must be equal.")]
    [InlineData(null, 5001, null, 2, "cannot fix a target port or skip the proxy with replicas.")]
    [InlineData(5000, null, null, 2, "has a fixed port and replicas, which needs a load balancer that LocalAspire does not have.")]
    public async Task An_impossible_endpoint_is_refused(int? port, int? targetPort, bool? isProxied, int replicas, string why)
    {
        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(() => SampleApplication.StartAsync(
            builder => Service(builder).WithHttpEndpoint(port, targetPort, isProxied: isProxied).WithReplicas(replicas),
            Cancelled));
        Assert.Equal($"Endpoint 'http' of resource 'api' {why}", exception.Message);
    }

    [Fact]
    public async Task A_test_ignores_fixed_ports()
    {
        static void OnPort5000(IDistributedApplicationBuilder builder) =>
            Service(builder).WithHttpEndpoint(port: 5000).WithHttpHealthCheck("/readyz");
        await using var one = await SampleApplication.StartAsync(OnPort5000, Cancelled);
        await using var two = await SampleApplication.StartAsync(OnPort5000, Cancelled);
        await one.Notifications.WaitForResourceHealthyAsync("api", Cancelled);
        await two.Notifications.WaitForResourceHealthyAsync("api", Cancelled);
    }

    [Fact]
    public void A_health_check_needs_its_endpoint_first()
    {
        var builder = DistributedApplication.CreateBuilder();
        var exception = Assert.Throws<DistributedApplicationException>(() => Service(builder).WithHttpHealthCheck("/readyz"));
        Assert.Equal(
            "Could not create HTTP health check for resource 'api' as no endpoint was found matching one of the specified names: http, https",
            exception.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1api")]
    [InlineData("my_api")]
    [InlineData("ärger")]
    public void A_name_that_Aspire_refuses_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => DistributedApplication.CreateBuilder().AddProject<Projects.SampleService>(name));

    [Fact]
    public void A_name_is_used_once()
    {
        var builder = DistributedApplication.CreateBuilder();
        Service(builder);
        Assert.Throws<DistributedApplicationException>(() => builder.AddRedis("API"));
    }

    static IResourceBuilder<ProjectResource> Service(IDistributedApplicationBuilder builder) =>
        builder.AddProject<Projects.SampleService>("api");
}
