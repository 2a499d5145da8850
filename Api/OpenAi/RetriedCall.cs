namespace AiPlatform.Api.OpenAi;

/// <summary>A call that its client may make again, while it is served.</summary>
/// <param name="Earlier">The job to be waited for; null where the call is to make its own.</param>
/// <param name="EndAsync">To be told at the end whether the caller has an answer after which it does not ask again.</param>
sealed record RetriedCall(Guid? Earlier, Func<bool, Task> EndAsync)
{
    /// <summary>One that nobody finds.</summary>
    public static RetriedCall Unknown { get; } = new(null, _ => Task.CompletedTask);
}
