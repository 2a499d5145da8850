using AiPlatform.Api.Errors;

namespace AiPlatform.Api.Requests;

/// <summary>
/// A parameter of a handler that reads a part of the request by itself and never throws for what it finds. <see cref="RequestPartsFilter"/>
/// answers for all parts of a request before the handler runs, so that one answer names every error.
/// </summary>
interface IRequestPart
{
    /// <summary>Set when the part could not be read at all.</summary>
    ProblemResult? Problem { get; }

    InputErrors Errors { get; }
}
