using System.Net;
using AiPlatform.Testing;

namespace AiPlatform.LocalAspire.Tests;

/// <summary>The test support that other test projects stand on.</summary>
public sealed class ServiceProcessTests
{
    static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_answers_with_the_given_environment_and_ends_in_order_on_SIGTERM()
    {
        using var folder = new TemporaryFolder();
        await using var service = await StartAsync(("SAMPLE_JOURNAL", folder.FilePath("journal")), ("OTEL_SERVICE_NAME", "sample"));

        using var response = await service.Http.GetAsync(new Uri("/readyz", UriKind.Relative), Cancelled);
        service.Terminate();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(0, await service.Exited.WaitAsync(Cancelled));
        Assert.Equal(["sample started", "sample stopped"], await File.ReadAllLinesAsync(folder.FilePath("journal"), Cancelled));
        Assert.Contains(service.Output, line => line.Contains("Application is shutting down"));
    }

    [Fact]
    public async Task A_killed_service_is_gone_at_once()
    {
        await using var service = await StartAsync();

        await service.KillAsync();

        Assert.Equal(128 + 9, await service.Exited);
        await Assert.ThrowsAsync<HttpRequestException>(() => service.Http.GetAsync(new Uri("/readyz", UriKind.Relative), Cancelled));
    }

    [Fact]
    public async Task A_suspended_service_answers_after_it_is_resumed()
    {
        await using var service = await StartAsync();
        service.Suspend();

        var answer = service.Http.GetAsync(new Uri("/readyz", UriKind.Relative), Cancelled);
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(TimeSpan.FromMilliseconds(300), Cancelled));
        service.Resume();

        using var response = await answer;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task One_that_does_not_start_shows_its_output()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(("SAMPLE_CRASH", "no reason to live")));
        Assert.Equal("SampleService: ended with exit code 7 before it listened.\nno reason to live", exception.Message);
    }

    static Task<ServiceProcess> StartAsync(params (string Name, string? Value)[] environment) =>
        ServiceProcess.StartAsync("SampleService", environment.ToDictionary(variable => variable.Name, variable => variable.Value), Cancelled);
}
