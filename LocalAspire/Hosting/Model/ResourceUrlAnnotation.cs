namespace Aspire.Hosting.ApplicationModel;

public sealed class ResourceUrlAnnotation
{
    /// <summary>Absolute, or relative to its endpoint when it starts with a slash.</summary>
    public required string Url { get; set; }

    public string? DisplayText { get; set; }

    public EndpointReference? Endpoint { get; init; }
}
