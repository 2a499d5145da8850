using AiPlatform.Testing;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Npgsql;

namespace AiPlatform.LocalAspire.Tests;

public sealed class LifetimeTests
{
    static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_waits_starts_when_the_other_is_started_and_healthy()
    {
        await using var sample = await SampleApplication.StartAsync(
            builder =>
            {
                var back = Service(builder, "back").WithExplicitStart().WithEnvironment("SAMPLE_UNREADY_CHECKS", "20");
                Service(builder, "front").WaitFor(back);
            },
            Cancelled);
        await sample.Notifications.WaitForResourceAsync("front", KnownResourceStates.Waiting, Cancelled);
        Assert.Equal(KnownResourceStates.NotStarted, sample.StateOf("back"));

        await sample.Application.ResourceCommands.ExecuteCommandAsync("back", KnownResourceCommands.StartCommand, Cancelled);

        await sample.Notifications.WaitForResourceAsync("back", KnownResourceStates.Running, Cancelled);
        Assert.Equal(KnownResourceStates.Waiting, sample.StateOf("front"));
        await sample.Notifications.WaitForResourceHealthyAsync("front", Cancelled);
    }

    [Fact]
    public async Task What_waits_for_a_failure_fails_and_says_why()
    {
        await using var sample = await SampleApplication.StartAsync(
            builder => Service(builder, "front").WaitFor(Service(builder, "back").WithEnvironment("SAMPLE_CRASH", "no reason to live")), Cancelled);

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => sample.Notifications.WaitForResourceHealthyAsync("front", Cancelled));

        Assert.Equal(
            "Stopped waiting for resource 'front' to become healthy because it failed to start: "
            + "Stopped waiting for resource 'back' to become healthy because it failed to start: "
            + "it ended by itself with exit code 7; its last lines:\n    no reason to live",
            exception.Message);
        Assert.Equal(KnownResourceStates.Finished, sample.StateOf("back"));
        Assert.Equal(KnownResourceStates.FailedToStart, sample.StateOf("front"));
    }

    [Fact]
    public async Task A_circle_of_waits_is_refused()
    {
        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(() => SampleApplication.StartAsync(
            builder =>
            {
                var (one, two) = (Service(builder, "one"), Service(builder, "two"));
                one.WaitFor(two);
                two.WaitFor(one);
            },
            Cancelled));
        Assert.Equal("Resources wait for each other in a circle: one -> two -> one.", exception.Message);
    }

    [Fact]
    public async Task Replicas_each_have_an_address_and_an_identity()
    {
        await using var sample = await SampleApplication.StartAsync(builder => Service(builder, "worker").WithReplicas(3), Cancelled);
        var healthy = await sample.Notifications.WaitForResourceHealthyAsync("worker", Cancelled);

        using var client = new HttpClient();
        var instances = new HashSet<string>();
        foreach (var url in healthy.Snapshot.Urls)
            instances.Add(await client.GetStringAsync(new Uri($"{url.Url}/environment"), Cancelled));

        Assert.Equal(3, instances.Count);
        Assert.Equal(3, healthy.Snapshot.Properties.Length);
    }

    [Fact]
    public async Task An_endpoint_with_replicas_cannot_be_referred_to()
    {
        await using var sample = await SampleApplication.StartAsync(
            builder => Service(builder, "front").WithEnvironment("WORKER", Service(builder, "worker").WithReplicas(2).GetEndpoint("http")),
            Cancelled);

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => sample.Notifications.WaitForResourceHealthyAsync("front", Cancelled));
        Assert.Contains("Resource 'worker' has 2 replicas and LocalAspire has no load balancer before them", exception.Message);
    }

    [Fact]
    public async Task Data_of_a_test_is_gone_after_it()
    {
        string folder;
        await using (var own = await Stores.StartAsync(Cancelled))
        {
            await using var connection = new NpgsqlConnection($"{own.ConnectionString};Pooling=false");
            await connection.OpenAsync(Cancelled);
            await using var command = new NpgsqlCommand("show data_directory", connection);
            folder = (string)(await command.ExecuteScalarAsync(Cancelled))!;
            Assert.True(Directory.Exists(folder));
        }
        Assert.False(Directory.Exists(folder));
    }

    static IResourceBuilder<ProjectResource> Service(IDistributedApplicationBuilder builder, string name) =>
        builder.AddProject<Projects.SampleService>(name).WithHttpEndpoint().WithHttpHealthCheck("/readyz");
}
