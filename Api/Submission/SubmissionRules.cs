using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Submission;

/// <summary>What a caller may submit, and how much of it. Every job that a caller makes passes here before anything of it is stored.</summary>
sealed class SubmissionRules(CallerDirectory callers, CallerStore store, TenantStore tenants, OwnerWaits waits, JobQueue queue, TimeProvider time)
{
    static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    /// <summary>The owner service of a call.</summary>
    /// <param name="said">The one that it names; null where it names none.</param>
    /// <param name="otherwise">That of a call without one, of a caller of the platform.</param>
    public static string OwnerOf(Caller caller, string? said, string otherwise) => said ?? caller.OwnerServices?[0] ?? otherwise;

    /// <summary>Why the caller may not make such jobs; null where it may.</summary>
    /// <param name="path">Comes before the name of a job's field in an error, such as <c>jobs[3].</c>; empty where there is one job.</param>
    public static ProblemResult? Refusal(Caller caller, IReadOnlyList<NewJob> jobs, Func<int, string> path)
    {
        if (caller is { OwnerServices: null, TaskTypes: null, HighestPriority: JobPriority.High })
            return null;
        var errors = new InputErrors();
        foreach (var (place, job) in jobs.Index())
        {
            CheckOwner(caller, job.OwnerService, path(place) + "owner_service", errors);
            CheckTaskType(caller, job.TaskType, path(place) + "task_type", errors);
            // Of priorities the smaller number is the higher.
            if (job.Priority < caller.HighestPriority)
                Add(errors, path(place) + "priority", Wire.Word(job.Priority), caller, Enum.GetValues<JobPriority>().Where(one => one >= caller.HighestPriority).Select(Wire.Word));
            if (caller.Tenant is { } tenant && job.TenantId != tenant)
                Add(errors, path(place) + "tenant_id", job.TenantId ?? "null", caller, [tenant]);
        }
        return errors.Any ? Problems.Forbidden(errors) : null;
    }

    public static ProblemResult? OwnerRefusal(Caller caller, string owner, string field)
    {
        var errors = new InputErrors();
        CheckOwner(caller, owner, field, errors);
        return errors.Any ? Problems.Forbidden(errors) : null;
    }

    public static ProblemResult? TaskTypeRefusal(Caller caller, string taskType, string field)
    {
        var errors = new InputErrors();
        CheckTaskType(caller, taskType, field, errors);
        return errors.Any ? Problems.Forbidden(errors) : null;
    }

    /// <summary>Counts the jobs in, all or none. Those that are there already, by their keys, need no room.</summary>
    /// <returns>Why there is no room for them; null where there is.</returns>
    public async Task<ProblemResult?> OverLimitAsync(Caller caller, IReadOnlyList<NewJob> jobs, CancellationToken cancellationToken)
    {
        var refusal = await TakeAsync(caller, jobs.CountBy(job => job.OwnerService).ToDictionary(), cancellationToken);
        if (refusal is null || await queue.WithTakenKeysAsync(caller.Scope, jobs, cancellationToken) is not { Count: > 0 } known)
            return refusal;
        return await TakeAsync(caller, jobs.Where(job => !known.Contains(job.Id)).CountBy(job => job.OwnerService).ToDictionary(), cancellationToken);
    }

    /// <summary>Why the caller may not have a job of its wait once more; null where it may, and then it is counted.</summary>
    public async Task<ProblemResult?> RetryRefusalAsync(Caller caller, JobView job, CancellationToken cancellationToken) =>
        TaskTypeRefusal(caller, job.TaskType, "task_type") ?? await TakeAsync(caller, new Dictionary<string, int> { [job.OwnerService] = 1 }, cancellationToken);

    /// <summary>Retries what matches, as far as there is room.</summary>
    /// <returns>How many were; or why none could be.</returns>
    public async Task<(int Retried, ProblemResult? Problem)> RetryAsync(Caller caller, JobFilter filter, CancellationToken cancellationToken)
    {
        if (caller.TaskTypes is not null && TaskTypeRefusal(caller, filter.TaskType ?? "", "task_type") is { } forbidden)
            return (0, forbidden);
        if (caller.MostWaiting is not { } most)
            return (await queue.RetryAsync(caller.Scope, filter, cancellationToken), null);
        var owners = filter.OwnerService is { } named ? [named] : caller.OwnerServices ?? await store.OwnersWithAsync(filter.Status ?? JobStatus.Failed, cancellationToken);
        var (retried, full) = (0, default(string));
        foreach (var owner in owners)
        {
            var room = (int)Math.Clamp(most - await waits.OfAsync(owner, cancellationToken), 0, most);
            full = room == 0 ? owner : full;
            var here = await queue.RetryAsync(caller.Scope, filter with { OwnerService = owner }, cancellationToken, room);
            waits.Add(owner, here);
            retried += here;
        }
        return retried == 0 && full is not null
            ? (0, Problems.OverLimit($"The owner service '{Shown.Name(full)}' has the {most} jobs that wait that the caller '{caller.Name}' may have (most_waiting).", Retry))
            : (retried, null);
    }

    async Task<ProblemResult?> TakeAsync(Caller caller, Dictionary<string, int> byOwner, CancellationToken cancellationToken)
    {
        if (caller.MostWaiting is { } most)
        {
            return await waits.TakeAsync(byOwner, most, cancellationToken) is (var owner, var waiting)
                ? Problems.OverLimit(
                    $"The owner service '{Shown.Name(owner)}' has {waiting} jobs that wait, and with {byOwner[owner]} more it would have more than the {most} "
                    + $"that the caller '{caller.Name}' may have (most_waiting).",
                    Retry)
                : null;
        }
        foreach (var (owner, count) in byOwner)
            Note(owner, count);
        return null;
    }

    /// <summary>How many more jobs of the owner service may wait, where nobody is there to be told that there are too many.</summary>
    public async Task<int> RoomAsync(string owner, CancellationToken cancellationToken) =>
        callers.Known.MostWaitingOf(owner, time.GetUtcNow()) is { } most ? (int)Math.Clamp(most - await waits.OfAsync(owner, cancellationToken), 0, most) : int.MaxValue;

    /// <summary>Notes jobs that fill that room.</summary>
    public void Note(string owner, int count)
    {
        if (callers.Known.MostWaitingOf(owner, time.GetUtcNow()) is not null)
            waits.Add(owner, count);
    }

    /// <summary>The tenant that the owner service belongs to, also when its callers are revoked; null for none.</summary>
    public async Task<string?> TenantOfAsync(string owner, CancellationToken cancellationToken) =>
        callers.Known.TenantOf(owner) ?? await tenants.OfAsync(owner, cancellationToken);

    static void CheckOwner(Caller caller, string owner, string field, InputErrors errors)
    {
        if (!caller.Scope.Has(owner))
            Add(errors, field, owner, caller, caller.OwnerServices!);
    }

    static void CheckTaskType(Caller caller, string taskType, string field, InputErrors errors)
    {
        if (caller.TaskTypes is { } allowed && !allowed.Contains(taskType))
            Add(errors, field, taskType, caller, allowed);
    }

    static void Add(InputErrors errors, string field, string value, Caller caller, IEnumerable<string> allowed) =>
        errors.Add(field, Problems.NotAllowed(value, caller, allowed));
}
