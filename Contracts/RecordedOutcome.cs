namespace AiPlatform.Contracts;

/// <summary>Answer to complete and fail. A call repeated with the same lease token gets the same one.</summary>
/// <param name="Status"><see cref="JobStatus.Completed"/>, <see cref="JobStatus.Failed"/>, or <see cref="JobStatus.Pending"/> where another attempt follows.</param>
public sealed record RecordedOutcome(Guid Id, JobStatus Status);
