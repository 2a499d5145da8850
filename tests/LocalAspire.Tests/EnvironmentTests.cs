using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace AiPlatform.LocalAspire.Tests;

public sealed class EnvironmentTests
{
    static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_project_gets_its_launch_profile_its_address_and_its_own_telemetry_identity()
    {
        await using var sample = await SampleApplication.StartAsync(
            builder => builder.AddProject<Projects.SampleService>("api").WithHttpEndpoint(env: "API_PORT").WithHttpHealthCheck("/readyz"), Cancelled);

        var environment = await sample.EnvironmentOfAsync("api", Cancelled);

        var address = sample.Application.GetEndpoint("api", "http");
        Assert.Equal("Development", environment["DOTNET_ENVIRONMENT"]);
        Assert.Equal("SampleService", environment["DOTNET_LAUNCH_PROFILE"]);
        Assert.Equal("from the launch profile", environment["SAMPLE_OVERRIDABLE"]);
        Assert.Equal($"http://localhost:{address.Port}", environment["ASPNETCORE_URLS"]);
        Assert.Equal($"{address.Port}", environment["API_PORT"]);
        Assert.Equal("api", environment["OTEL_SERVICE_NAME"]);
        Assert.Matches("^service.instance.id=api-[0-9a-f]{8}$", environment["OTEL_RESOURCE_ATTRIBUTES"]);
    }

    [Fact]
    public async Task The_AppHost_s_own_ASP_NET_environment_is_not_inherited_and_the_rest_is()
    {
        // Only this test sets or reads these names.
        Environment.SetEnvironmentVariable("ASPNETCORE_ENVIRONMENT", "Staging");
        Environment.SetEnvironmentVariable("SAMPLE_INHERITED", "yes");
        await using var sample = await SampleApplication.StartAsync(
            builder => builder.AddProject<Projects.SampleService>("api").WithHttpEndpoint().WithHttpHealthCheck("/readyz"), Cancelled);

        var environment = await sample.EnvironmentOfAsync("api", Cancelled);

        Assert.DoesNotContain("ASPNETCORE_ENVIRONMENT", environment.Keys);
        Assert.Equal("yes", environment["SAMPLE_INHERITED"]);
    }

    [Fact]
    public async Task References_parameters_and_endpoints_become_values_and_win_over_the_launch_profile()
    {
        await using var sample = await SampleApplication.StartAsync(
            builder =>
            {
                builder.Configuration["Parameters:model-key"] = "from configuration";
                var other = builder.AddProject<Projects.SampleService>("other").WithHttpEndpoint();
                var redis = builder.AddRedis("redis");
                builder.AddProject<Projects.SampleService>("api")
                    .WithHttpEndpoint()
                    .WithHttpHealthCheck("/readyz")
                    .WithReference(redis)
                    .WithReference(builder.AddPostgres("postgres").AddDatabase("jobs", "jobs_db"), connectionName: "store")
                    .WithEnvironment("MODEL_KEY", builder.AddParameter("model-key", secret: true))
                    .WithEnvironment("OTHER_URL", other.GetEndpoint("http"))
                    .WithEnvironment("SAMPLE_OVERRIDABLE", "from the AppHost")
                    .WithEnvironment(context => context.EnvironmentVariables["RUN_MODE"] = $"{context.ExecutionContext.IsRunMode}");
            },
            Cancelled);

        var environment = await sample.EnvironmentOfAsync("api", Cancelled);

        Assert.Equal("from configuration", environment["MODEL_KEY"]);
        Assert.Equal(sample.Application.GetEndpoint("other").ToString().TrimEnd('/'), environment["OTHER_URL"]);
        Assert.Equal("from the AppHost", environment["SAMPLE_OVERRIDABLE"]);
        Assert.Equal("True", environment["RUN_MODE"]);
        Assert.Equal(await sample.Application.GetConnectionStringAsync("redis", Cancelled), environment["ConnectionStrings__redis"]);
        Assert.Equal(await sample.Application.GetConnectionStringAsync("jobs", Cancelled), environment["ConnectionStrings__store"]);
        Assert.Matches(
            "^Host=127.0.0.1;Port=[0-9]+;Username=postgres;Password=[A-Za-z0-9]{22};Database=jobs_db$", environment["ConnectionStrings__store"]);
        Assert.Matches("^127.0.0.1:[0-9]+,password=[A-Za-z0-9]{22}$", environment["ConnectionStrings__redis"]);
    }

    [Fact]
    public async Task A_missing_parameter_is_named_to_whoever_waits()
    {
        await using var sample = await SampleApplication.StartAsync(
            builder => builder.AddProject<Projects.SampleService>("api").WithEnvironment("KEY", builder.AddParameter("model-key")), Cancelled);

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => sample.Notifications.WaitForResourceHealthyAsync("api", Cancelled));

        Assert.Equal(
            "Stopped waiting for resource 'api' to become healthy because it failed to start: Parameter resource could not be used because "
            + "configuration key 'Parameters:model-key' is missing and the Parameter has no default value.",
            exception.Message);
        Assert.Equal(KnownResourceStates.FailedToStart, sample.StateOf("api"));
    }
}
