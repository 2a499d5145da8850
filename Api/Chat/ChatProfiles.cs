using AiPlatform.Contracts;

namespace AiPlatform.Api.Chat;

/// <summary>What the live workers' reports say of chat.</summary>
static class ChatProfiles
{
    public const string TaskType = "llm_chat";

    /// <summary>
    /// Why nobody will run a chat of this profile, so that its caller need not wait for the timeout to learn it. Null while no chat worker is alive:
    /// one may be starting, and the job waits for it.
    /// </summary>
    public static string? Refusal(IReadOnlyList<WorkerReport> live, string profile)
    {
        var workers = live.Where(worker => worker.TaskTypes.Contains(TaskType)).ToList();
        if (workers.Count == 0)
            return null;
        if (!workers.Any(worker => worker.Providers.Any(provider => provider.Configured)))
            return "No chat provider is configured; LLM_BASE_URL of the LLM worker names one.";
        if (workers.Any(worker => worker.ModelProfiles.Count == 0 || worker.ModelProfiles.Contains(profile)))
            return null;
        var served = workers.SelectMany(worker => worker.ModelProfiles).Distinct().Order(StringComparer.Ordinal);
        return $"No worker serves the profile '{profile}'; served: {string.Join(", ", served)}.";
    }

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
}
