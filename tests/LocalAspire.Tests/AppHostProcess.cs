using System.Diagnostics;
using System.Text.Json;
using AiPlatform.Testing;

namespace AiPlatform.LocalAspire.Tests;

/// <summary>The sample AppHost as a person starts it. Everything it starts inherits a marker by which it can be found.</summary>
sealed class AppHostProcess : IAsyncDisposable
{
    const string Marker = "LOCAL_ASPIRE_TEST_RUN";
    static readonly TimeSpan _limit = TimeSpan.FromMinutes(3);

    readonly Process _process;
    readonly Task _output;
    readonly List<string> _lines = [];
    readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly string _run = Guid.NewGuid().ToString("N");
    readonly string _stateFile;

    public AppHostProcess(string home, params (string Name, string? Value)[] environment)
    {
        _stateFile = Path.Combine(home, "state.json");
        var assembly = typeof(Projects.SampleAppHost).Assembly.GetName().Name;
        var info = new ProcessStartInfo("dotnet", [PathOf("SampleAppHost", $"{assembly}.dll")]) { RedirectStandardOutput = true };
        info.Environment[Marker] = _run;
        info.Environment["LOCAL_ASPIRE_HOME"] = home;
        info.Environment["LOCAL_ASPIRE_STATE_FILE"] = _stateFile;
        info.Environment["Parameters__greeting"] = "hello";
        info.Environment["SAMPLE_JOURNAL"] = Path.Combine(home, "journal");
        foreach (var (name, value) in environment)
            info.Environment[name] = value;
        _process = Process.Start(info)!;
        _output = PumpAsync();
    }

    public string Text
    {
        get
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }
    }

    public Task ReadyAsync(CancellationToken cancellationToken) => _ready.Task.WaitAsync(_limit, cancellationToken);

    public JsonElement State()
    {
        using var state = JsonDocument.Parse(File.ReadAllBytes(_stateFile));
        return state.RootElement.GetProperty("resources").Clone();
    }

    public string Url(string resource) =>
        State().EnumerateArray().Single(row => row.GetProperty("name").GetString() == resource).GetProperty("urls")[0].GetString()!;

    public void Kill() => _process.Kill();

    public void Terminate()
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -s TERM {_process.Id}"]);
        kill.WaitForExit();
    }

    public async Task<int> ExitCodeAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(_limit, cancellationToken);
        await _output;
        return _process.ExitCode;
    }

    /// <summary>The command lines of everything that this AppHost started and that still lives.</summary>
    public IReadOnlyList<string> Descendants() =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Where(folder => int.TryParse(Path.GetFileName(folder), out var id) && id != _process.Id)
            .Where(folder => Read(folder, "environ").Contains($"{Marker}={_run}"))
            .Select(folder => Read(folder, "cmdline").Replace('\0', ' ')),
    ];

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _output;
        // What was started ends a moment later, and writes until then.
        await Eventually.That(() => Assert.Empty(Descendants()), CancellationToken.None);
        _process.Dispose();
    }

    static string PathOf(string project, string file)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, file);
    }

    static string Read(string folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Processes come and go, and some belong to others.
            return "";
        }
    }

    async Task PumpAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            lock (_lines)
                _lines.Add(line);
            if (line == "AppHost ready")
                _ready.TrySetResult();
        }
        _ready.TrySetException(new InvalidOperationException($"The AppHost ended before it was ready:\n{Text}"));
    }
}
