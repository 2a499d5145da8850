namespace Aspire.Hosting.Runtime;

/// <summary>What every resource of one application shares.</summary>
sealed class RunContext(IDistributedApplicationBuilder builder)
{
    public DistributedApplicationExecutionContext Execution => builder.ExecutionContext;

    public DataFolder Data { get; } = new(builder.Configuration["LOCAL_ASPIRE_HOME"] ?? Path.Combine(builder.AppHostDirectory, "..", ".local"));

    /// <summary>What the person at the terminal sees: nothing unless the AppHost was started with Run.</summary>
    public TextWriter Console { get; set; } = TextWriter.Null;

    /// <summary>Every line of every resource goes to the terminal, not only warnings.</summary>
    public bool ShowsAll => builder.Configuration["LOCAL_ASPIRE_LOGS"] == "all";

    /// <summary>Where the endpoints are written as JSON once everything is healthy.</summary>
    public string? StateFile => builder.Configuration["LOCAL_ASPIRE_STATE_FILE"];

    public void Show(string resource, string text) => Console.WriteLine($"{resource,-20} | {text}");
}
