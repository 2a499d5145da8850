using System.Diagnostics;
using System.Text.Json;

namespace AiPlatform.Bench.Systems;

/// <summary>A program that speaks the bench's lines. It ends when its standard input does, so it never outlives the bench.</summary>
sealed class SystemProcess : IAsyncDisposable
{
    const int ErrorLinesKept = 20;

    static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    readonly Process _process;
    readonly string _name;
    readonly Queue<string> _errors = new();
    readonly Task _reading;

    SystemProcess(string name, Process process)
    {
        (_name, _process) = (name, process);
        _reading = ReadErrorsAsync();
    }

    /// <summary>What the program said of itself first.</summary>
    public Answer Hello { get; private set; } = new();

    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<SystemProcess> StartAsync(
        string name, string file, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment, CancellationToken ct)
    {
        var info = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, value) in environment)
        {
            info.Environment[variable] = value;
        }
        var process = Process.Start(info) ?? throw new InvalidOperationException($"{file} was not started.");
        var system = new SystemProcess(name, process);
        try
        {
            system.Hello = await system.ReadAnswerAsync(ct);
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    public async Task<Answer> AskAsync(Command command, CancellationToken ct)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(command, WireJson.Default.Command).AsMemory(), ct);
        await _process.StandardInput.FlushAsync(ct);
        return await ReadAnswerAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            using var limit = new CancellationTokenSource(EndLimit);
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        await _reading;
        _process.Dispose();
    }

    async Task<Answer> ReadAnswerAsync(CancellationToken ct)
    {
        if (await _process.StandardOutput.ReadLineAsync(ct) is { } line)
        {
            return JsonSerializer.Deserialize(line, WireJson.Default.Answer)!;
        }
        await _reading;
        throw new InvalidOperationException($"{_name} ended without an answer:\n{string.Join('\n', _errors)}");
    }

    async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            _errors.Enqueue(line);
            if (_errors.Count > ErrorLinesKept)
            {
                _errors.Dequeue();
            }
        }
    }
}
