using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Configuration;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.WorkerRuntime;
using Microsoft.Extensions.Options;

namespace AiPlatform.LlmWorker.Admission;

/// <summary>How the places at a deployment are shared between priorities.</summary>
sealed class AdmissionRules(IOptions<LlmOptions> options, IOptions<WorkerOptions> worker)
{
    /// <summary>From so many places on, one is kept from normal jobs too.</summary>
    const int EnoughForThree = 8;

    /// <summary>False where every job is sent at once, however many there are.</summary>
    public bool IsOn => options.Value.Admission;

    /// <summary>What the configuration says; else Ollama begins one at a time, and other servers get as many as there are slots for.</summary>
    public int PlacesAt(DeploymentConfig deployment) => deployment.GivenConcurrency
        ?? (deployment.Provider.Kind == ProviderKind.Ollama ? deployment.Concurrency : Math.Max(deployment.Concurrency, worker.Value.Slots));

    /// <summary>How many places of so many jobs of a priority may take; at least one. A place for which the worker has no slot cannot be kept for anybody.</summary>
    public int Share(int limit, JobPriority priority)
    {
        var usable = Math.Min(limit, worker.Value.Slots);
        var reserved = (int)Math.Ceiling(usable * options.Value.ReservedShare / 100.0);
        var kept = priority switch
        {
            JobPriority.Low => reserved,
            JobPriority.Normal when usable >= EnoughForThree => Math.Min(reserved, 1),
            _ => 0,
        };
        return kept == 0 ? limit : Math.Max(1, usable - kept);
    }
}
