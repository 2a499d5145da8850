namespace AiPlatform.Api.Requests;

/// <summary>A parameter that a handler reads by itself: what the filter lets pass and the OpenAPI document tells.</summary>
sealed record RequestParameter(string Name, string Description)
{
    /// <summary>The words it may be; empty for free text.</summary>
    public IReadOnlyList<string> Allowed { get; init; } = [];
    public bool InHeader { get; init; }
    public string? Format { get; init; }

    /// <summary>Set for a whole number.</summary>
    public (int Minimum, int Maximum)? Range { get; init; }
}
