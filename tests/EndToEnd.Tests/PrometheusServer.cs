using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using AiPlatform.Testing;

namespace AiPlatform.EndToEnd.Tests;

/// <summary>A real Prometheus with the configuration and the alerts of deploy/prometheus, except for the addresses and the pace.</summary>
sealed partial class PrometheusServer : IAsyncDisposable
{
    static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    // It must not outlive a killed test run, whose end is the end of the pipe. Its log ends when it does, not with the shell.
    const string GuardScript = "\"$@\" </dev/null & exec 2>&-; read -r _; kill $!; wait";

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("prometheus-");
    readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly HttpClient _http = new();
    Process? _process;
    Task? _log;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="targets">The address of each job of the example.</param>
    public static async Task<PrometheusServer> StartAsync(IReadOnlyDictionary<string, Uri> targets)
    {
        var server = new PrometheusServer();
        try
        {
            await server.RunAsync(targets);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>What its API answers to a question.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), Ct);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(Ct);
        Assert.True(answer.GetProperty("status").GetString() == "success", $"{path}: {answer}");
        return answer.GetProperty("data");
    }

    /// <summary>How many series an expression has now.</summary>
    public async Task<int> CountAsync(string expression) =>
        (await GetAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}")).GetProperty("result").GetArrayLength();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync(CancellationToken.None);
            await _log!;
            _process.Dispose();
        }
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    async Task RunAsync(IReadOnlyDictionary<string, Uri> targets)
    {
        var file = Path.Combine(_folder.FullName, "prometheus.yaml");
        await File.WriteAllTextAsync(file, Configuration(targets), Ct);
        string[] arguments =
        [
            "-c", GuardScript, "guard", "prometheus", $"--config.file={file}", $"--storage.tsdb.path={_folder.FullName}/data", "--web.listen-address=127.0.0.1:0",
            "--enable-feature=exemplar-storage",
        ];
        _process = Process.Start(new ProcessStartInfo("sh", arguments) { RedirectStandardInput = true, RedirectStandardError = true })!;
        _log = ReadAsync(_process.StandardError);
        _http.BaseAddress = await _address.Task.WaitAsync(StartLimit, Ct);
        await Eventually.That(async () => (await _http.GetAsync(new Uri("/-/ready", UriKind.Relative), Ct)).EnsureSuccessStatusCode(), Ct);
    }

    static string Configuration(IReadOnlyDictionary<string, Uri> targets)
    {
        var text = RepositoryFiles.Read("deploy/prometheus/prometheus.yaml")
            .Replace("_interval: 15s", "_interval: 2s", StringComparison.Ordinal)
            .Replace("alerts.yaml", RepositoryFiles.PathOf("deploy/prometheus/alerts.yaml"), StringComparison.Ordinal);
        Assert.Equal(targets.Keys.Order(), Target().Matches(text).Select(match => match.Groups["job"].Value).Order());
        return Target().Replace(text, match => match.Groups["before"].Value + targets[match.Groups["job"].Value].Authority);
    }

    async Task ReadAsync(StreamReader log)
    {
        List<string> lines = [];
        while (await log.ReadLineAsync(CancellationToken.None) is { } line)
        {
            lines.Add(line);
            if (Listening().Match(line) is { Success: true } match)
                _address.TrySetResult(new Uri($"http://{match.Groups[1].Value}"));
        }
        _address.TrySetException(new InvalidOperationException($"prometheus ended before it listened.\n{string.Join('\n', lines)}"));
    }

    [GeneratedRegex("""(?<before>job_name: (?<job>[\w-]+)\n    static_configs:\n      - targets: \[")[^"]+""")]
    private static partial Regex Target();

    [GeneratedRegex("""msg="Listening on" address=([\d.:]+)""")]
    private static partial Regex Listening();
}
