using System.Diagnostics;
using System.Text.RegularExpressions;

namespace AiPlatform.Testing;

/// <summary>
/// A service of this repository as a real process, for tests that kill, freeze or end it. The test project references the service with
/// <c>ReferenceOutputAssembly="false"</c>, so that it is built.
/// </summary>
public sealed partial class ServiceProcess : IAsyncDisposable
{
    // The process must not outlive a killed test run: the guard reads the end of a pipe whose only writer is this process.
    internal const string GuardScript = "exec 3<&0 </dev/null; (read -r _ <&3; kill -s KILL -- -$$) >/dev/null 2>&1 & exec 3<&-; exec \"$@\"";
    static readonly TimeSpan _startLimit = TimeSpan.FromMinutes(3);

    readonly Process _process;
    readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly List<string> _output = [];

    ServiceProcess(Process process)
    {
        _process = process;
        Exited = WatchAsync();
    }

    /// <summary>The exit code; 128 + n after signal n.</summary>
    public Task<int> Exited { get; }

    public HttpClient Http { get; } = new();

    public int Id => _process.Id;

    /// <summary>Every line written so far, standard output and error together.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (_output)
                return [.. _output];
        }
    }

    /// <summary>Starts <c>AiPlatform.{project}.dll</c> on a free port and waits until its health route answers 200.</summary>
    public static async Task<ServiceProcess> StartAsync(
        string project, IReadOnlyDictionary<string, string?> environment, CancellationToken cancellationToken, string health = "/healthz")
    {
        var assembly = PathOf(project);
        var info = new ProcessStartInfo("setsid", ["/bin/sh", "-c", GuardScript, "guard", "dotnet", assembly])
        {
            WorkingDirectory = Path.GetDirectoryName(assembly),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment["DOTNET_ENVIRONMENT"] = "Development";
        info.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        // Not what a developer has in user secrets.
        info.Environment["APPDATA"] = info.WorkingDirectory;
        // The port is read from the host's own announcement.
        info.Environment["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information";
        foreach (var (name, value) in environment)
            info.Environment[name] = value;

        var process = Process.Start(info) ?? throw new InvalidOperationException($"{assembly} was not started.");
        var service = new ServiceProcess(process);
        try
        {
            await service.WaitUntilHealthyAsync(health, cancellationToken);
            return service;
        }
        catch (Exception exception) when (exception is TimeoutException or InvalidOperationException or HttpRequestException)
        {
            await service.DisposeAsync();
            throw new InvalidOperationException($"{project}: {exception.Message}\n{string.Join('\n', service.Output)}", exception);
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL, to the service and to whatever it started.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            UnixSignal.Send(-Id, UnixSignal.Kill);
        await Exited;
    }

    /// <summary>SIGTERM: the orderly end. Await <see cref="Exited"/> for it.</summary>
    public void Terminate() => UnixSignal.Send(Id, UnixSignal.Term);

    /// <summary>SIGSTOP: the process lives, holds its connections and does nothing.</summary>
    public void Suspend() => UnixSignal.Send(Id, UnixSignal.Stop);

    public void Resume() => UnixSignal.Send(Id, UnixSignal.Continue);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Http.Dispose();
        _process.Dispose();
    }

    /// <summary>All projects build into one output tree: bin/{project}/{configuration}/.</summary>
    public static string PathOf(string project)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var path = Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, $"AiPlatform.{project}.dll");
        return File.Exists(path) ? path : throw new FileNotFoundException($"{project} is not built; reference it from the test project.", path);
    }

    async Task WaitUntilHealthyAsync(string health, CancellationToken cancellationToken)
    {
        Http.BaseAddress = await _address.Task.WaitAsync(_startLimit, cancellationToken);
        await Eventually.That(
            async () =>
            {
                using var response = await Http.GetAsync(new Uri(health, UriKind.Relative), cancellationToken);
                response.EnsureSuccessStatusCode();
            },
            cancellationToken);
    }

    async Task<int> WatchAsync()
    {
        var output = Task.WhenAll(PumpAsync(_process.StandardOutput), PumpAsync(_process.StandardError));
        await _process.WaitForExitAsync();
        _address.TrySetException(new InvalidOperationException($"ended with exit code {_process.ExitCode} before it listened."));
        // The guard is left in the process group; with it the group id is still ours.
        UnixSignal.Send(-Id, UnixSignal.Kill);
        await output;
        return _process.ExitCode;
    }

    async Task PumpAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_output)
                _output.Add(line);
            if (Listening.Match(line) is { Success: true } match)
                _address.TrySetResult(new Uri(match.Groups[1].Value));
        }
    }

    [GeneratedRegex("""Now listening on: (http://[^\s"]+)""")]
    static partial Regex Listening { get; }
}
