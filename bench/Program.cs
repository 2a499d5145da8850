using AiPlatform.Bench;
using AiPlatform.Bench.Systems;

if (args is [Own.Verb, var level])
{
    await Own.RunAsync(level);
    return 0;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
try
{
    await BenchRun.RunAsync(args, stop.Token);
    return 0;
}
catch (BenchException reason)
{
    await Console.Error.WriteLineAsync(reason.Message);
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
