using System.Diagnostics;
using AiPlatform.Api.Callbacks;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Submission;

/// <summary>Makes jobs of what callers ask for. Fields are checked by their shape before; here is what holds between them.</summary>
sealed class NewJobs(IOptions<JobsOptions> options, CallbackRules callbacks)
{
    static readonly TimeSpan ShortestTtl = TimeSpan.FromSeconds(1);

    /// <summary>The W3C trace context of the request, to be carried to the workers of jobs that are made later.</summary>
    public static string? Traceparent => Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null;

    /// <param name="path">Comes before the name of a field in an error; empty, or such as <c>jobs[3].</c></param>
    /// <returns>A job of no use when an error was noted.</returns>
    public NewJob From(CreateJob call, Caller caller, string path, InputErrors errors)
    {
        if (call.RunAt is { } runAt && call.Deadline is { } deadline && deadline <= runAt)
            errors.Add(path + "deadline", "must be after run_at.");
        if (call.ResultTtl is { } text && DurationField.Fault(text, ShortestTtl, options.Value.Retention) is { } fault)
            errors.Add(path + "result_ttl", fault);
        if (call.CallbackUrl is { } url && callbacks.Fault(url) is { } refused)
            errors.Add(path + "callback_url", refused);

        return new NewJob
        {
            TenantId = call.TenantId ?? caller.Tenant,
            // Required of callers of the platform: what fails for them is not used.
            OwnerService = SubmissionRules.OwnerOf(caller, call.OwnerService, ""),
            OwnerRef = call.OwnerRef,
            TaskType = call.TaskType!,
            ModelProfile = call.ModelProfile ?? CreateJob.DefaultProfile,
            Priority = call.Priority ?? caller.DefaultPriority,
            MaxAttempts = call.MaxAttempts ?? 3,
            Input = call.Input.GetValueOrDefault(),
            RunAt = call.RunAt?.ToUniversalTime(),
            Deadline = call.Deadline?.ToUniversalTime(),
            IdempotencyKey = call.IdempotencyKey,
            CallbackUrl = call.CallbackUrl,
            ResultTtl = call.ResultTtl is { } ttl && Durations.TryParse(ttl, out var duration) ? duration : null,
        };
    }

    /// <summary>The jobs of a batch, in its order; of no use when an error was noted.</summary>
    public IReadOnlyList<NewJob> From(CreateJobs batch, Caller caller, InputErrors errors)
    {
        if (batch.Defaults?.IdempotencyKey is not null)
            errors.Add("defaults.idempotency_key", "cannot be shared: a key names one job.");

        var shape = JsonShape.Of(typeof(CreateJob));
        var jobs = new List<NewJob>(batch.Jobs!.Count);
        for (var i = 0; i < batch.Jobs.Count; i++)
        {
            var call = batch.Defaults is null ? batch.Jobs[i] : Complete(batch.Jobs[i], batch.Defaults);
            call = call with { OwnerService = call.OwnerService ?? caller.OwnerServices?[0] };
            shape.CheckRequired(call, $"jobs[{i}]", errors);
            jobs.Add(From(call, caller, $"jobs[{i}].", errors));
        }
        return jobs;
    }

    static CreateJob Complete(CreateJob job, CreateJob defaults) => job with
    {
        TenantId = job.TenantId ?? defaults.TenantId,
        OwnerService = job.OwnerService ?? defaults.OwnerService,
        OwnerRef = job.OwnerRef ?? defaults.OwnerRef,
        TaskType = job.TaskType ?? defaults.TaskType,
        ModelProfile = job.ModelProfile ?? defaults.ModelProfile,
        Priority = job.Priority ?? defaults.Priority,
        MaxAttempts = job.MaxAttempts ?? defaults.MaxAttempts,
        Input = job.Input ?? defaults.Input,
        RunAt = job.RunAt ?? defaults.RunAt,
        Deadline = job.Deadline ?? defaults.Deadline,
        CallbackUrl = job.CallbackUrl ?? defaults.CallbackUrl,
        ResultTtl = job.ResultTtl ?? defaults.ResultTtl,
    };
}
