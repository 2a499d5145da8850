using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Admission;
using AiPlatform.WorkerRuntime;

namespace AiPlatform.LlmWorker.Routing;

/// <summary>The job that a chat, or an embedding, is for.</summary>
/// <param name="RequestId">Shown to the server, to join its log with ours.</param>
/// <param name="Place">What the job holds until its call begins; null where there are no places.</param>
sealed record ChatCaller(string RequestId, JobPriority Priority, Place? Place)
{
    /// <summary>Told of each provider that is asked, and the model.</summary>
    public Action<string, string?>? Asks { get; private init; }

    public static ChatCaller Of(Attempt attempt) => new(attempt.Job.Id.ToString(), attempt.Job.Priority, attempt.Place as Place) { Asks = attempt.Asks };
}
