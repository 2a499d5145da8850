using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using AiPlatform.Testing;

namespace AiPlatform.LocalAspire.Tests;

/// <summary>The AppHost as a process of its own: what it prints, what it keeps, how it ends.</summary>
public sealed class ConsoleRunTests
{
    static readonly string[] _lifeInOrder = ["back started", "front started", "front stopped", "back stopped"];

    static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_prints_and_writes_one_table_when_all_are_healthy()
    {
        using var home = new TemporaryFolder();
        await using var appHost = new AppHostProcess(home.Path);
        await appHost.ReadyAsync(Cancelled);

        var (postgres, redis, back, front) = (appHost.Url("postgres"), appHost.Url("redis"), appHost.Url("back"), appHost.Url("front"));
        Assert.Equal(
            $"""
            RESOURCE  STATE    URL
            postgres  Healthy  {postgres}
            jobs      Healthy
            redis     Healthy  {redis}
            back      Healthy  {back}
            front     Healthy  {front}
                               {front}/docs
            AppHost ready
            """,
            appHost.Text);
    }

    [Fact]
    public async Task On_SIGTERM_it_ends_everything_in_reverse_order_and_exits_0()
    {
        using var home = new TemporaryFolder();
        await using var appHost = new AppHostProcess(home.Path);
        await appHost.ReadyAsync(Cancelled);
        Assert.NotEmpty(appHost.Descendants());

        appHost.Terminate();

        Assert.Equal(0, await appHost.ExitCodeAsync(Cancelled));
        Assert.Empty(appHost.Descendants());
        Assert.Equal(_lifeInOrder, await File.ReadAllLinesAsync(home.FilePath("journal"), Cancelled));
    }

    [Fact]
    public async Task Killed_with_SIGKILL_it_leaves_no_process_behind()
    {
        using var home = new TemporaryFolder();
        await using var appHost = new AppHostProcess(home.Path);
        await appHost.ReadyAsync(Cancelled);
        Assert.Contains(appHost.Descendants(), line => line.Contains("postgres"));

        appHost.Kill();

        await Eventually.That(() => Assert.Empty(appHost.Descendants()), Cancelled);
    }

    [Fact]
    public async Task Data_and_password_outlive_a_killed_run_and_the_next_one_uses_them()
    {
        using var home = new TemporaryFolder();
        string password;
        await using (var first = new AppHostProcess(home.Path))
        {
            await first.ReadyAsync(Cancelled);
            password = await PasswordAsync(first);
            first.Kill();
            await first.ExitCodeAsync(Cancelled);
        }

        await using var second = new AppHostProcess(home.Path);
        await second.ReadyAsync(Cancelled);
        Assert.Equal(password, await PasswordAsync(second));
        second.Terminate();
        await second.ExitCodeAsync(Cancelled);
    }

    [Fact]
    public async Task A_second_one_on_the_same_folder_is_refused()
    {
        using var home = new TemporaryFolder();
        await using var first = new AppHostProcess(home.Path);
        await first.ReadyAsync(Cancelled);

        await using var second = new AppHostProcess(home.Path);
        Assert.Equal(1, await second.ExitCodeAsync(Cancelled));
        Assert.Equal(
            $"AppHost failed to start: Another AppHost of this clone is running and uses {home.Path}; stop it first, or work in a second clone.",
            second.Text);
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        using var home = new TemporaryFolder();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await using var appHost = new AppHostProcess(home.Path, ("FRONT_PORT", $"{port}"));
        Assert.Equal(1, await appHost.ExitCodeAsync(Cancelled));
        Assert.Equal(
            $"AppHost failed to start: Port {port} for resource 'front' is taken by another program; stop that program, "
            + "or choose another port with HTTP_PORT.",
            appHost.Text);
    }

    [Fact]
    public async Task What_dies_at_the_start_shows_its_last_words_and_ends_the_run()
    {
        using var home = new TemporaryFolder();
        await using var appHost = new AppHostProcess(home.Path, ("SAMPLE_CRASH", "no reason to live"));

        Assert.Equal(1, await appHost.ExitCodeAsync(Cancelled));
        Assert.Empty(appHost.Descendants());
        Assert.Contains("back                 | it ended by itself with exit code 7; its last lines:\n    no reason to live", appHost.Text);
        Assert.Contains("AppHost failed to start: Stopped waiting for resource 'back' to become healthy because it failed to start", appHost.Text);
    }

    [Fact]
    public async Task A_parameter_comes_from_user_secrets_in_Development_alone()
    {
        using var home = new TemporaryFolder();
        var secrets = Directory.CreateDirectory(home.FilePath("Microsoft/UserSecrets/AiPlatform.SampleAppHost"));
        await File.WriteAllTextAsync(Path.Combine(secrets.FullName, "secrets.json"), """{"Parameters:greeting":"hello from user secrets"}""", Cancelled);
        (string, string?)[] settings = [("APPDATA", home.Path), ("Parameters__greeting", null)];

        await using (var development = new AppHostProcess(home.Path, [("DOTNET_ENVIRONMENT", "Development"), .. settings]))
        {
            await development.ReadyAsync(Cancelled);
            Assert.Equal("hello from user secrets", (await EnvironmentAsync(development))["SAMPLE_GREETING"]);
            development.Terminate();
            await development.ExitCodeAsync(Cancelled);
        }
        await using var production = new AppHostProcess(home.Path, [("DOTNET_ENVIRONMENT", "Production"), .. settings]);
        Assert.Equal(1, await production.ExitCodeAsync(Cancelled));
        Assert.Contains("configuration key 'Parameters:greeting' is missing", production.Text, StringComparison.Ordinal);
    }

    static async Task<Dictionary<string, string>> EnvironmentAsync(AppHostProcess appHost)
    {
        using var client = new HttpClient();
        return JsonSerializer.Deserialize<Dictionary<string, string>>(
            await client.GetStringAsync(new Uri($"{appHost.Url("back")}/environment"), Cancelled))!;
    }

    static async Task<string> PasswordAsync(AppHostProcess appHost)
    {
        var environment = await EnvironmentAsync(appHost);
        return environment["ConnectionStrings__jobs"].Split(';').Single(part => part.StartsWith("Password=", StringComparison.Ordinal));
    }
}
