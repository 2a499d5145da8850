namespace Aspire.Hosting;

public sealed class DistributedApplicationOptions
{
    public string[]? Args { get; set; }

    public string? AssemblyName { get; set; }

    public bool DisableDashboard { get; set; }

    public string? ProjectDirectory { get; set; }

    /// <summary>A test run: public ports are random, kept data is not touched.</summary>
    internal bool Testing { get; set; }
}
