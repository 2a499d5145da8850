using System.Globalization;

namespace AiPlatform.Chaos.Tests;

/// <summary>Kills, freezes, empties and cuts off whatever the system is made of while callers and workers go on, and then asks whether every promise
/// was kept. <c>CHAOS_SEED</c> repeats a choice of faults; <c>CHAOS_MINUTES</c> asks for a long run, which <c>./dev chaos</c> does.</summary>
public sealed class ChaosTests
{
    static readonly TimeSpan ShortRun = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Whatever_dies_every_accepted_job_ends_once_and_as_its_callers_and_workers_were_told()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("CHAOS_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        var isLong = double.TryParse(Environment.GetEnvironmentVariable("CHAOS_MINUTES"), CultureInfo.InvariantCulture, out var minutes);
        Action<string> say = isLong ? Console.WriteLine : line => TestContext.Current.TestOutputHelper?.WriteLine(line);

        var report = await new ChaosRun(seed, isLong ? TimeSpan.FromMinutes(minutes) : ShortRun, say).RunAsync(TestContext.Current.CancellationToken);

        say($"\n{report.Table()}");
        Assert.True(report.Violations.Count == 0, report.Table());
    }
}
