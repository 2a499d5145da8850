namespace Aspire.Hosting.Runtime;

/// <summary>What every resource of one application shares.</summary>
sealed record LocalContext(DataFolder Data, DistributedApplicationExecutionContext Execution, LocalConsole Console)
{
    /// <summary>The AppHost's own launch profile; a project that has one of the same name uses it.</summary>
    public string? LaunchProfile { get; init; }

    /// <summary>Where the endpoints are written as JSON once everything is healthy.</summary>
    public string? StateFile { get; init; }
}
