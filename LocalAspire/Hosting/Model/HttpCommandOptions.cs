namespace Aspire.Hosting.ApplicationModel;

public class HttpCommandOptions
{
    /// <summary>For a dashboard.</summary>
    public string? IconName { get; set; }

    public Func<HttpCommandRequestContext, Task>? PrepareRequest { get; set; }
}
