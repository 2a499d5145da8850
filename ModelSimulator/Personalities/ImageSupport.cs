namespace AiPlatform.ModelSimulator.Personalities;

/// <summary>Which images a server takes.</summary>
enum ImageSupport
{
    None,

    /// <summary>As data in the request, not by their address.</summary>
    Inline,
    Any
}
