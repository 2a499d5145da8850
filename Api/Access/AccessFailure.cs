namespace AiPlatform.Api.Access;

/// <summary>Why a request was not let in.</summary>
enum AccessFailure
{
    /// <summary>It has no token.</summary>
    Missing,

    /// <summary>Its Authorization is not a bearer's.</summary>
    Malformed,

    /// <summary>Its token is nobody's.</summary>
    Unknown,

    Expired,
    Revoked,

    /// <summary>Its address has tried too many words that are no tokens.</summary>
    Limited,

    /// <summary>Its caller lacks the role.</summary>
    Forbidden,
}
