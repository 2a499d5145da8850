namespace Aspire.Hosting.ApplicationModel;

public class EnvironmentCallbackContext(DistributedApplicationExecutionContext executionContext)
{
    public DistributedApplicationExecutionContext ExecutionContext { get; } = executionContext;

    /// <summary>Values are strings or <see cref="IValueProvider"/>s, which are resolved when the process starts.</summary>
    public Dictionary<string, object> EnvironmentVariables { get; } = [];
}
