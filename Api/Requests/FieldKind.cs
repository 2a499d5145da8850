namespace AiPlatform.Api.Requests;

/// <summary>What a field holds.</summary>
enum FieldKind
{
    Text,

    /// <summary>One of a closed list of words.</summary>
    Word,

    Id,
    Number,

    /// <summary>A number that need not be whole.</summary>
    Fraction,

    Flag,
    Time,
    Address,

    /// <summary>Any JSON; it is the business of others.</summary>
    Any,

    Words,
    Object,
    Objects,
}
