using AiPlatform.Bench;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

await using var system = await RunningSystem.StartAsync(stop.Token);
var report = await ChatOverhead.MeasureAsync(system, stop.Token);
Console.WriteLine(report);
if (args is [var file])
{
    await File.WriteAllTextAsync(file, report, stop.Token);
}
