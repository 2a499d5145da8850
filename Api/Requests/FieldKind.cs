namespace AiPlatform.Api.Requests;

/// <summary>What a field holds.</summary>
enum FieldKind
{
    Text,

    /// <summary>One of a closed list of words.</summary>
    Word,

    Id,
    Number,
    Flag,
    Time,
    Address,

    /// <summary>Any JSON; it is the business of others.</summary>
    Any,

    Words,
    Object,
    Objects,
}
