namespace AiPlatform.Contracts;

/// <summary>Why a job failed, or why its last attempt did.</summary>
/// <param name="Category">One of the service's, such as <c>provider_error</c>, or an external worker's own word; at most 64 characters.</param>
/// <param name="Message">One sentence for a person; never a prompt, a transcript or a key. At most 2,000 characters.</param>
public sealed record JobError(string Category, string Message);
