using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Status;

/// <summary>When a waiting job may start, by how many stand before it in its lane, how long the lane's runs took lately and how many slots the built-in
/// workers have for it. A guess: other lanes of these workers and more urgent jobs to come are not reckoned with.</summary>
sealed class ExpectedWait(JobQueue queue, LiveWorkers workers)
{
    /// <returns>Seconds; null where the job does not wait in line, is halted, has no built-in worker, or none of its lane has run lately.</returns>
    public async Task<double?> SecondsAsync(JobView job, CancellationToken cancellationToken)
    {
        if (job.Position is not { } position)
            return null;
        var serving = (await workers.ListAsync(cancellationToken)).Where(worker => !worker.Draining && Serves(worker, job)).ToList();
        var slots = serving.Sum(worker => worker.Slots);
        if (slots == 0 || (await queue.HaltsAsync(cancellationToken)).Any(halt => halt.Touches(job.TaskType, job.ModelProfile)))
            return null;
        var free = serving.Sum(worker => Math.Max(0, worker.Slots - worker.Running.Count));
        if (position <= free)
            return 0;
        return (await queue.RecentRunAsync(job.TaskType, job.ModelProfile, cancellationToken))?.TotalSeconds * (position - free) / slots;
    }

    static bool Serves(WorkerReport worker, JobView job) =>
        worker.TaskTypes.Contains(job.TaskType) && (worker.ModelProfiles.Count == 0 || worker.ModelProfiles.Contains(job.ModelProfile));
}
