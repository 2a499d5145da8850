using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Submission;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Chat;

/// <summary>Makes the job of a chat of what its caller sent.</summary>
static class ChatJobs
{
    const string DefaultOwner = "chat";

    /// <param name="mustNameModel">Whether there is no default for it.</param>
    /// <returns>What is wrong with the call; null where nothing is.</returns>
    public static ProblemResult? Read(ChatCall call, IdempotencyKey key, Caller caller, out NewJob job, bool mustNameModel = false)
    {
        var errors = new InputErrors();
        if (mustNameModel && call.Model is null)
            errors.Add("model", "is required.");
        job = new NewJob
        {
            TenantId = caller.Tenant,
            OwnerService = SubmissionRules.OwnerOf(caller, call.OwnerService, DefaultOwner),
            OwnerRef = call.OwnerRef,
            TaskType = ChatProfiles.TaskType,
            ModelProfile = call.Model ?? CreateJob.DefaultProfile,
            Priority = call.Priority ?? caller.DefaultPriority,
            Input = ChatInput.From(call, errors),
            IdempotencyKey = key.Value,
        };
        return errors.Any ? Problems.Invalid(errors) : null;
    }
}
