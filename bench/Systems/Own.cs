using System.Reflection;

namespace AiPlatform.Bench.Systems;

/// <summary>This program started again, as one of our own levels.</summary>
static class Own
{
    public const string Verb = "system";

    public static string File { get; } = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");

    public static string Root { get; } = Path.GetFullPath(
        typeof(Own).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryRoot").Value!);

    public static string[] Arguments(string level) =>
        Path.GetFileNameWithoutExtension(File) == "dotnet" ? [typeof(Own).Assembly.Location, Verb, level] : [Verb, level];

    /// <summary>Runs one level until its input ends.</summary>
    public static async Task RunAsync(string level)
    {
        var commands = Console.In;
        // Standard output is for answers; what anything else prints is for people.
        var answers = Console.Out;
        Console.SetOut(Console.Error);
        if (level == "api")
        {
            await ApiServer.RunAsync(commands, answers);
            return;
        }
        await using IOwnLevel own = level switch
        {
            "jobs" => await JobsLevel.StartAsync(isObserved: false, CancellationToken.None),
            "jobs-observed" => await JobsLevel.StartAsync(isObserved: true, CancellationToken.None),
            "http" => await HttpLevel.StartAsync(Api, new Uri("/api/v1/jobs", UriKind.Relative), CancellationToken.None),
            "http-parse" => await HttpLevel.StartAsync(Api, ApiServer.ParseRoute, CancellationToken.None),
            _ => throw new ArgumentOutOfRangeException(nameof(level), level, "jobs, jobs-observed, http, http-parse or api is expected."),
        };
        await new CommandLoop(own).RunAsync(commands, answers, CancellationToken.None);
    }

    static Uri Api => new(Environment.GetEnvironmentVariable("BENCH_API") ?? throw new InvalidOperationException("BENCH_API is not set."));
}
