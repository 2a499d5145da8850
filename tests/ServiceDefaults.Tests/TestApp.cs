using Microsoft.AspNetCore.Builder;

namespace AiPlatform.ServiceDefaults.Tests;

/// <summary>A small process-like app on a free port of this machine.</summary>
sealed class TestApp : IAsyncDisposable
{
    TestApp(WebApplication app)
    {
        App = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromSeconds(30) };
    }

    public WebApplication App { get; }

    public HttpClient Client { get; }

    public static async Task<TestApp> StartAsync(
        Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null, params string[] args)
    {
        var app = Build(configure, [.. args, "--urls=http://127.0.0.1:0"]);
        app.MapDefaultEndpoints();
        map?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestApp(app);
    }

    public static WebApplication Build(Action<WebApplicationBuilder>? configure, params string[] args)
    {
        var builder = WebApplication.CreateBuilder([.. args, "--Logging:Console:LogLevel:Default=None"]);
        builder.AddServiceDefaults();
        configure?.Invoke(builder);
        return builder.Build();
    }

    public async Task<(int Status, string Body)> GetAsync(string path)
    {
        using var response = await Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.StopAsync(TestContext.Current.CancellationToken);
        await App.DisposeAsync();
    }
}
