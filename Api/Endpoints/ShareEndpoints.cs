using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.Endpoints;

/// <summary>Who gets how much of the lanes.</summary>
static partial class ShareEndpoints
{
    /// <summary>As in a job.</summary>
    static readonly TextRule Owner = new(typeof(CreateJob).GetProperty(nameof(CreateJob.OwnerService))!.GetCustomAttributes(inherit: true));

    public static void MapShares(this IEndpointRouteBuilder routes)
    {
        var queue = routes.MapGroup("/queue").WithTags("Queue");
        queue.MapGet("/shares", GetAsync).Needs(CallerRole.Admin).OfThePlatform()
            .WithName("get_shares").WithSummary("Where owners take turns, their weights and the limits of what they run");
        queue.MapPut("/fairness", SetFairAsync).Needs(CallerRole.Admin).OfThePlatform()
            .WithName("set_fairness").WithSummary("Have the owners of one priority take turns in lanes, or no more; jobs go on meanwhile")
            .RefusesBodies();
        queue.MapPut("/shares/owners/{owner}", SetAsync).Needs(CallerRole.Admin).OfThePlatform()
            .WithName("set_share").WithSummary("Say how often an owner has its turn in fair lanes, and how many of its jobs may run")
            .RefusesBodies();
        queue.MapDelete("/shares/owners/{owner}", DeleteAsync).Needs(CallerRole.Admin).OfThePlatform()
            .WithName("delete_share").WithSummary("Make an owner as all others")
            .Refuses(Status404NotFound);
    }

    static async Task<Results<Ok<QueueShares>, ProblemResult>> GetAsync(JobQueue queue, CancellationToken cancellationToken) =>
        TypedResults.Ok(await queue.SharesAsync(cancellationToken));

    static async Task<Results<Ok<QueueShares>, ProblemResult>> SetFairAsync(
        Body<SetFairness> body, RequestCaller caller, JobQueue queue, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var scope = new QueueScope { TaskType = body.Value.TaskType, ModelProfile = body.Value.ModelProfile };
        await queue.SetFairAsync(scope, body.Value.Fair!.Value, caller.Caller.Name, cancellationToken);
        LogFair(Log(loggers), scope.TaskType ?? QueueScope.Every, scope.ModelProfile ?? QueueScope.Every, body.Value.Fair.Value, caller.Caller.Name);
        return TypedResults.Ok(await queue.SharesAsync(cancellationToken));
    }

    static async Task<Results<Ok<QueueShares>, ProblemResult>> SetAsync(
        string owner, HttpContext context, Body<SetOwnerShare> body, RequestCaller caller, JobQueue queue, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        owner = PathNames.Of(context, nameof(owner));
        if (Owner.Fault(owner) is { } fault)
            return Problems.Invalid("owner", fault);
        var share = new OwnerShare(owner, body.Value.Weight ?? 1, body.Value.MostRunning);
        await queue.SetShareAsync(share, caller.Caller.Name, cancellationToken);
        LogShare(Log(loggers), owner, share.Weight, share.MostRunning, caller.Caller.Name);
        return TypedResults.Ok(await queue.SharesAsync(cancellationToken));
    }

    static async Task<Results<Ok<QueueShares>, ProblemResult>> DeleteAsync(
        string owner, HttpContext context, RequestCaller caller, JobQueue queue, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        owner = PathNames.Of(context, nameof(owner));
        if (Owner.Fault(owner) is not null || !await queue.DeleteShareAsync(owner, caller.Caller.Name, cancellationToken))
            return Problems.NoSuchShare(owner);
        LogShare(Log(loggers), owner, weight: 1, mostRunning: null, caller.Caller.Name);
        return TypedResults.Ok(await queue.SharesAsync(cancellationToken));
    }

    static ILogger Log(ILoggerFactory loggers) => loggers.CreateLogger(typeof(ShareEndpoints));

    [LoggerMessage(1012, LogLevel.Information, "Fair sharing of task type {TaskType} on model profile {ModelProfile} was set to {Fair} by {Actor}.")]
    static partial void LogFair(ILogger logger, string taskType, string modelProfile, bool fair, string actor);

    [LoggerMessage(1013, LogLevel.Information, "The share of owner {Owner} was set to weight {Weight} and at most {MostRunning} running jobs by {Actor}.")]
    static partial void LogShare(ILogger logger, string owner, double weight, int? mostRunning, string actor);
}
