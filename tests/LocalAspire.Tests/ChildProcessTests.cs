using System.Collections.Concurrent;
using AiPlatform.Testing;
using Aspire.Hosting.Runtime;

namespace AiPlatform.LocalAspire.Tests;

public sealed class ChildProcessTests
{
    static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_exit_code_and_all_of_its_output_are_delivered()
    {
        var lines = new ConcurrentQueue<string>();
        using var child = ChildProcess.Start(Shell("echo out; echo err >&2; exit 42"), lines.Enqueue);

        Assert.Equal(42, await child.Exited.WaitAsync(Cancelled));
        Assert.Equal(["err", "out"], lines.Order());
    }

    [Fact]
    public async Task One_that_ignores_the_request_to_end_is_killed_with_everything_it_started()
    {
        var lines = new ConcurrentQueue<string>();
        using var child = ChildProcess.Start(Shell("trap '' TERM; sleep 1000 & echo $!; wait"), lines.Enqueue);
        await Eventually.That(() => Assert.Single(lines), Cancelled);

        await child.StopAsync(TimeSpan.FromMilliseconds(100));

        Assert.Equal(128 + (int)Signal.Kill, await child.Exited);
        // An orphan stays in the process table until whoever adopted it looks.
        await Eventually.That(() => Assert.False(IsAlive(lines.Single())), Cancelled);
    }

    static bool IsAlive(string processId) =>
        File.Exists($"/proc/{processId}/status")
        && !File.ReadLines($"/proc/{processId}/status").Any(line => line.StartsWith("State:\tZ", StringComparison.Ordinal));

    static ProcessStart Shell(string script) => new(["/bin/sh", "-c", script], "/");
}
