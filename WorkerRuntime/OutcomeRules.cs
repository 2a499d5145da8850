using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.WorkerRuntime;

/// <summary>What a handler's answer, or the reason it was stopped, means for the job.</summary>
static class OutcomeRules
{
    public const int MostResultBytes = 8 * 1024 * 1024;
    const int MostMessageCharacters = 2000;
    const int MostCategoryCharacters = 64;

    /// <param name="performed">Null where the handler gave no answer because it was stopped.</param>
    /// <param name="attemptTimeout">For the message of an attempt that ran too long.</param>
    public static AttemptOutcome Normalize(AttemptOutcome? performed, CancellationReason? reason, TimeSpan attemptTimeout) => performed switch
    {
        // A finished result is presented whatever happened meanwhile; the fence decides whether it still counts.
        AttemptOutcome.Succeeded succeeded => Storable(succeeded),
        AttemptOutcome.Failed failed when reason is null => Bounded(failed),
        AttemptOutcome.Released or AttemptOutcome.Abandoned => performed,
        // A handler that turned its cancellation into a failure of its own: the reason says more.
        null or AttemptOutcome.Failed => Of(reason ?? throw new UnreachableException("An attempt without an answer has no reason."), attemptTimeout),
        _ => throw new UnreachableException($"Unknown outcome {performed.GetType().Name}."),
    };

    static AttemptOutcome Of(CancellationReason reason, TimeSpan attemptTimeout) => reason switch
    {
        CancellationReason.Shutdown or CancellationReason.Preempted or CancellationReason.NoRoom => new AttemptOutcome.Released(reason),
        CancellationReason.Cancelled or CancellationReason.LeaseLost => new AttemptOutcome.Abandoned(reason),
        CancellationReason.Deadline => new AttemptOutcome.Failed(
            new JobError(ErrorCategories.DeadlineExceeded, "The deadline passed while the job was running.")),
        CancellationReason.Stalled => new AttemptOutcome.Failed(
            new JobError(ErrorCategories.WorkerError, $"The attempt ran longer than WORKER_ATTEMPT_TIMEOUT allows ({attemptTimeout:c}).")),
        _ => throw new UnreachableException($"Unknown reason {reason}."),
    };

    static AttemptOutcome Storable(AttemptOutcome.Succeeded succeeded)
    {
        if (succeeded.Result.ValueKind == JsonValueKind.Undefined)
        {
            return Refused("The worker answered no result.");
        }
        var size = JsonMarshal.GetRawUtf8Value(succeeded.Result).Length;
        return size <= MostResultBytes ? succeeded : Refused($"The result has {size:N0} bytes of JSON; at most {MostResultBytes:N0} can be stored.");
    }

    // Not retried: the same input leads here again, and every try is paid for.
    static AttemptOutcome.Failed Refused(string message) => new(new JobError(ErrorCategories.WorkerError, message), new FailOptions(Retry: false));

    static AttemptOutcome.Failed Bounded(AttemptOutcome.Failed failed) => failed with
    {
        Error = new JobError(Cut(failed.Error.Category, MostCategoryCharacters), Cut(failed.Error.Message, MostMessageCharacters)),
    };

    // Neither a NUL nor half of a character can be stored as text. What cannot be stored is lost, and the job runs again and again.
    static string Cut(string text, int most) =>
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Length <= most ? text : $"{WholeCharacters(text, most - 1)}…")).Replace('\0', ' ');

    static string WholeCharacters(string text, int most) => text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];
}
