namespace AiPlatform.Contracts;

/// <summary>Answer to complete and fail. A call repeated with the same lease token gets the same one.</summary>
/// <param name="Status"><c>completed</c>, <c>failed</c>, or <c>pending</c> where another attempt follows.</param>
public sealed record RecordedOutcome(Guid Id, JobStatus Status);
