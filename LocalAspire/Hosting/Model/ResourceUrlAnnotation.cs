namespace Aspire.Hosting.ApplicationModel;

public sealed class ResourceUrlAnnotation
{
    /// <summary>Absolute, or relative to its endpoint when it starts with a slash.</summary>
    public required string Url { get; set; }

    /// <summary>For a dashboard.</summary>
    public string? DisplayText { get; set; }

    internal string? EndpointName { get; init; }
}
