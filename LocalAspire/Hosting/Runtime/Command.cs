using System.Text;

namespace Aspire.Hosting.Runtime;

/// <summary>Runs a short command to its end; a failure carries what the command printed.</summary>
static class Command
{
    static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    public static async Task RunAsync(ProcessStart start, CancellationToken cancellationToken)
    {
        var output = new StringBuilder();
        using var child = ChildProcess.Start(start, line =>
        {
            lock (output)
                output.AppendLine(line);
        });
        int exitCode;
        try
        {
            exitCode = await child.Exited.WaitAsync(_limit, cancellationToken);
        }
        finally
        {
            await child.StopAsync(TimeSpan.Zero);
        }
        if (exitCode != 0)
            throw new DistributedApplicationException($"{string.Join(' ', start.Command)} ended with exit code {exitCode}:\n{output}");
    }
}
