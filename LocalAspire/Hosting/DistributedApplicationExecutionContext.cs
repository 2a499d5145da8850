namespace Aspire.Hosting;

/// <summary>LocalAspire only runs; it publishes nothing.</summary>
public class DistributedApplicationExecutionContext
{
    public bool IsRunMode { get; } = true;

    public bool IsPublishMode { get; }
}
