namespace AiPlatform.Client.Http;

/// <summary>What a failure says of sending the same once more.</summary>
enum Trial
{
    /// <summary>It would fail in the same way.</summary>
    Useless,

    /// <summary>It may help, and what was asked for may have been done already: only for calls that are the same when they come twice.</summary>
    Unsure,

    /// <summary>It may help, and nothing was done.</summary>
    Safe,
}
