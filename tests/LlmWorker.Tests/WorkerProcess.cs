using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>The worker as a process of its own, with only the variables of the test.</summary>
sealed class WorkerProcess : IAsyncDisposable
{
    const string Announcement = "Now listening on: ";
    static readonly string[] Inherited = ["PATH", "HOME", "TMPDIR", "DOTNET_ROOT"];

    readonly Process process;
    readonly ConcurrentQueue<string> lines = new();
    readonly TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly HttpClient http = new();

    WorkerProcess(ProcessStartInfo start)
    {
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => Read(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public string Output => string.Join('\n', lines);

    /// <summary>Starts the process without waiting for anything.</summary>
    public static WorkerProcess Start(IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "AiPlatform.LlmWorker.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Except(Inherited).ToList())
        {
            start.Environment.Remove(name);
        }
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        return new WorkerProcess(start);
    }

    /// <summary>Waits until it serves.</summary>
    public async Task<WorkerProcess> ReadyAsync()
    {
        try
        {
            http.BaseAddress = await listening.Task.WaitAsync(TimeSpan.FromMinutes(3), Ct);
        }
        catch
        {
            // Nobody else has it yet.
            await DisposeAsync();
            throw;
        }
        return this;
    }

    public async Task<(int Status, string Body)> GetAsync(string path)
    {
        using var response = await http.GetAsync(path, Ct);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Ct));
    }

    public async Task<WorkerReport> StatusAsync() =>
        JsonSerializer.Deserialize((await GetAsync("/worker/status")).Body, ContractsJson.Default.WorkerReport)!;

    public Task SignalAsync(string signal) => RunAsync("kill", [$"-{signal}", $"{process.Id}"]);

    public async Task<int> EndAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
        process.Dispose();
        http.Dispose();
    }

    static async Task RunAsync(string command, string[] arguments)
    {
        using var tool = Process.Start(command, arguments);
        await tool.WaitForExitAsync(Ct);
        Assert.Equal(0, tool.ExitCode);
    }

    void Read(string? line)
    {
        if (line is null)
        {
            // Both outputs end with the process; a start that fails must not be waited for.
            listening.TrySetException(new InvalidOperationException($"The worker ended:\n{Output}"));
            return;
        }
        lines.Enqueue(line);
        if (line.IndexOf(Announcement, StringComparison.Ordinal) is var at and >= 0)
        {
            // In Production a line is JSON.
            listening.TrySetResult(new Uri(line[(at + Announcement.Length)..].Split('"')[0].Trim()));
        }
    }
}
