using AiPlatform.Api.Errors;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Access;

static class CallersOwners
{
    /// <summary>The answer where a call names an owner service that its caller does not speak for; null where it does, or names none.</summary>
    /// <param name="field">How the call names it.</param>
    public static ProblemResult? Refusal(string field, string? named, JobScope scope) =>
        named is null || scope.Has(named) ? null : Problems.NotTheCallers(field, named, scope.Owners!);
}
