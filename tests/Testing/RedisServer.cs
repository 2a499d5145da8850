using System.Diagnostics;
using Xunit;

namespace AiPlatform.Testing;

/// <summary>A Redis of one test's own, with the users of an ACL file.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    const int Tries = 20;
    static readonly TimeSpan _startLimit = TimeSpan.FromMinutes(2);

    readonly Process _process;
    readonly DirectoryInfo _folder;

    RedisServer(Process process, DirectoryInfo folder, int port) => (_process, _folder, Port) = (process, folder, port);

    public int Port { get; }

    /// <summary>Skips the calling test where there is no redis-server, except on CI.</summary>
    public static async Task<RedisServer> StartAsync(string users, CancellationToken cancellationToken)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "redis-server"))))
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "There is no redis-server on the PATH.");
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_startLimit);
        var folder = Directory.CreateTempSubdirectory("redis-");
        var file = Path.Combine(folder.FullName, "users.acl");
        await File.WriteAllTextAsync(file, users, cancellationToken);
        var said = "";
        for (var i = 0; i < Tries; i++)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            var server = new RedisServer(Start(port, file, folder.FullName), folder, port);
            try
            {
                said = await server.ReadyAsync(limit.Token);
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
            if (said.Length == 0)
            {
                return server;
            }
            server._process.Dispose();
            if (!said.Contains("Address already in use", StringComparison.Ordinal))
            {
                break;
            }
        }
        folder.Delete(recursive: true);
        throw new InvalidOperationException($"redis-server did not start:\n{said}");
    }

    public async ValueTask DisposeAsync()
    {
        UnixSignal.Send(-_process.Id, UnixSignal.Kill);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    static Process Start(int port, string users, string folder)
    {
        var info = new ProcessStartInfo(
            "setsid",
            [
                "/bin/sh", "-c", ServiceProcess.GuardScript, "guard", "redis-server", "--bind", "127.0.0.1", "--port", $"{port}", "--aclfile", users, "--dir", folder,
                "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction",
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return Process.Start(info) ?? throw new InvalidOperationException("setsid was not started.");
    }

    /// <summary>Empty once it serves, else all that it said before it ended.</summary>
    async Task<string> ReadyAsync(CancellationToken cancellationToken)
    {
        List<string> lines = [];
        while (await _process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return "";
            }
            lines.Add(line);
        }
        UnixSignal.Send(-_process.Id, UnixSignal.Kill);
        await _process.WaitForExitAsync(cancellationToken);
        return string.Join('\n', lines);
    }
}
