using System.Net.Http.Headers;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace AiPlatform.LocalAspire.Tests;

public sealed class CommandTests
{
    static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_http_command_posts_with_the_prepared_header()
    {
        using var folder = new TemporaryFolder();
        await using var sample = await StartAsync(api => api
            .WithEnvironment("SAMPLE_JOURNAL", folder.FilePath("journal"))
            .WithHttpCommand("/echo", "Echo", commandName: "echo", commandOptions: new()
            {
                PrepareRequest = context =>
                {
                    context.Request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "token");
                    return Task.CompletedTask;
                },
            }));

        var result = await sample.Application.ResourceCommands.ExecuteCommandAsync("api", "echo", Cancelled);

        Assert.True(result.Success, result.Message);
        Assert.Contains("api echo Bearer token", await File.ReadAllLinesAsync(folder.FilePath("journal"), Cancelled));
    }

    [Fact]
    public async Task A_refused_http_command_fails_with_the_status()
    {
        await using var sample = await StartAsync(api => api.WithHttpCommand("/refuse", "Refuse"));

        var result = await sample.Application.ResourceCommands.ExecuteCommandAsync("api", "api-http-http-post-/refuse", Cancelled);

        Assert.False(result.Success);
        Assert.Equal("Refuse: the request failed with status code 409.", result.Message);
    }

    [Fact]
    public async Task An_unknown_command_or_resource_fails()
    {
        await using var sample = await StartAsync(_ => { });

        var command = await sample.Application.ResourceCommands.ExecuteCommandAsync("api", "dance", Cancelled);
        var resource = await sample.Application.ResourceCommands.ExecuteCommandAsync("nobody", "start", Cancelled);

        Assert.Equal((false, "Command 'dance' not available for resource 'api'."), (command.Success, command.Message));
        Assert.Equal((false, "Resource 'nobody' not found."), (resource.Success, resource.Message));
    }

    [Fact]
    public async Task A_restart_makes_a_new_process_at_the_same_address()
    {
        await using var sample = await StartAsync(_ => { });
        var before = await sample.Notifications.WaitForResourceHealthyAsync("api", Cancelled);

        await sample.Application.ResourceCommands.ExecuteCommandAsync("api", KnownResourceCommands.RestartCommand, Cancelled);

        var after = await sample.Notifications.WaitForResourceHealthyAsync("api", Cancelled);
        Assert.Equal(before.Snapshot.Urls, after.Snapshot.Urls);
        Assert.NotEqual(before.Snapshot.Properties, after.Snapshot.Properties);
    }

    static async Task<SampleApplication> StartAsync(Action<IResourceBuilder<ProjectResource>> configure)
    {
        var sample = await SampleApplication.StartAsync(
            builder => configure(builder.AddProject<Projects.SampleService>("api").WithHttpEndpoint().WithHttpHealthCheck("/readyz")), Cancelled);
        await sample.Notifications.WaitForResourceHealthyAsync("api", Cancelled);
        return sample;
    }
}
