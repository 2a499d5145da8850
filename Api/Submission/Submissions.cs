using AiPlatform.Api.Audio;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Submission;

/// <summary>Submits jobs that callers describe themselves, after a look at the inputs whose form the service knows.</summary>
sealed class Submissions(JobQueue queue, AudioInputs audio, SubmissionRules rules)
{
    /// <param name="path">Where a job stands in the body, for errors; empty, or such as <c>jobs[3].</c></param>
    /// <param name="inputPath">Where the input of a job stands in the body, for errors.</param>
    /// <param name="errors">What is known to be wrong; all of it is answered at once.</param>
    /// <returns>The jobs as they were submitted and what became of each; or why nothing was.</returns>
    public async Task<(IReadOnlyList<NewJob> Jobs, IReadOnlyList<SubmitOutcome> Outcomes, ProblemResult? Problem)> SubmitAsync(
        Caller caller, IReadOnlyList<NewJob> jobs, Func<int, string> path, Func<int, string> inputPath, InputErrors errors, CancellationToken cancellationToken)
    {
        if (!errors.Any && SubmissionRules.Refusal(caller, jobs, path) is { } forbidden)
            return ([], [], forbidden);
        var inputs = await audio.ReadAsync(caller.Scope, jobs, inputPath, errors, cancellationToken);
        if (errors.Any)
            return ([], [], Problems.Invalid(errors));
        if (await rules.OverLimitAsync(caller, jobs, cancellationToken) is { } full)
            return ([], [], full);
        var (moved, files, problem) = await audio.MoveAsync(caller.Scope, jobs, inputs, cancellationToken);
        if (problem is not null)
            return ([], [], problem);
        IReadOnlyList<SubmitOutcome> outcomes;
        try
        {
            outcomes = await queue.SubmitAsync(caller.Scope, moved, cancellationToken);
        }
        catch (Exception failure)
        {
            await audio.DropUnmadeAsync(files, failure);
            throw;
        }
        await audio.DropUnusedAsync(files, outcomes);
        return (moved, outcomes, null);
    }
}
