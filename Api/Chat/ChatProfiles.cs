using AiPlatform.Api.Requests;
using AiPlatform.Contracts;

namespace AiPlatform.Api.Chat;

/// <summary>What the live workers' reports say of chat.</summary>
static class ChatProfiles
{
    public const string TaskType = "llm_chat";

    /// <summary>
    /// Why nobody will run a chat, or another task, of this profile, so that its caller need not wait for the timeout to learn it. Null while no chat worker is alive:
    /// one may be starting, and the job waits for it.
    /// </summary>
    public static string? Refusal(IReadOnlyList<WorkerReport> live, string profile, string taskType = TaskType)
    {
        var workers = live.Where(worker => worker.TaskTypes.Contains(taskType)).ToList();
        if (workers.Count == 0)
            return null;
        if (!workers.Any(worker => worker.Providers.Any(provider => provider.Configured)))
        {
            return TranscriptionInputs.IsTranscription(taskType)
                ? "No transcription provider is configured; VOXTRAL_BASE_URL or WHISPERX_URL of the transcription worker names one."
                : "No chat provider is configured; LLM_BASE_URL of the LLM worker names one.";
        }
        return Serves(workers, profile) ? null : NotServed(profile, Served(workers, taskType));
    }

    public static string NotServed(string profile, IEnumerable<string> served) =>
        $"No worker serves the profile '{Shown.Name(profile)}'; served: {string.Join(", ", served)}.";

    /// <summary>Whether workers of the task are alive and none of them serves the profile.</summary>
    public static bool IsUnknown(IReadOnlyList<WorkerReport> live, string profile, string taskType = TaskType) =>
        live.Where(worker => worker.TaskTypes.Contains(taskType)).ToList() is { Count: > 0 } workers && !Serves(workers, profile);

    /// <summary>The profiles of chat, or of another task, that live workers name.</summary>
    public static IEnumerable<string> Served(IReadOnlyList<WorkerReport> live, string taskType = TaskType) =>
        live.Where(worker => worker.TaskTypes.Contains(taskType)).SelectMany(worker => worker.ModelProfiles).Distinct().Order(StringComparer.Ordinal);

    /// <summary>The provider that chats go to: a reachable one before a configured one before any.</summary>
    public static ProviderHealth Active(IReadOnlyList<WorkerReport> live)
    {
        var provider = live.Where(worker => worker.TaskTypes.Contains(TaskType))
            .OrderBy(worker => worker.WorkerId, StringComparer.Ordinal)
            .SelectMany(worker => worker.Providers)
            .OrderByDescending(provider => provider.Configured)
            .ThenByDescending(provider => provider.Reachable == true)
            .FirstOrDefault();
        return new ProviderHealth(provider?.Name, provider?.Model, provider?.Configured ?? false);
    }

    /// <summary>A worker that names no profile serves all.</summary>
    static bool Serves(List<WorkerReport> workers, string profile) =>
        workers.Any(worker => worker.ModelProfiles.Count == 0 || worker.ModelProfiles.Contains(profile));
}
