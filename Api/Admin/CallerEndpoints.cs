using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.Admin;

/// <summary>Who may call, kept by administrators.</summary>
static class CallerEndpoints
{
    public static void MapAdmin(this IEndpointRouteBuilder routes)
    {
        var admin = routes.MapGroup("").WithTags("Admin").Needs(CallerRole.Admin);
        admin.MapPost("/callers", CreateAsync).WithName("create_caller").WithSummary("Make a caller; its token is shown this once")
            .RefusesBodies().Refuses(Status409Conflict);
        admin.MapGet("/callers", ListAsync).WithName("list_callers").WithSummary("List callers by name, revoked ones too");
        admin.MapGet("/callers/{name}", GetAsync).WithName("get_caller").WithSummary("What a caller may do, and which tokens it has").Refuses(Status404NotFound);
        admin.MapPut("/callers/{name}", ChangeAsync).WithName("change_caller").WithSummary("Replace all settings of a caller; its tokens stay")
            .RefusesBodies().Refuses(Status404NotFound, Status409Conflict);
        admin.MapPost("/callers/{name}/tokens", AddTokenAsync).WithName("create_token").WithSummary("Give a caller a further token, and let the others end")
            .RefusesBodies().Refuses(Status404NotFound, Status409Conflict);
        admin.MapDelete("/callers/{name}/tokens/{id:guid}", RevokeTokenAsync).WithName("revoke_token").WithSummary("Turn one token of a caller off, for good")
            .Refuses(Status404NotFound, Status409Conflict);
        admin.MapPost("/callers/{name}/revoke", RevokeAsync).WithName("revoke_caller").WithSummary("Turn a caller off, for good")
            .Refuses(Status404NotFound, Status409Conflict);
        admin.MapGet("/audit", AuditAsync).WithName("list_audit").WithSummary("What administrators did, newest first");
    }

    static async Task<Results<Created<IssuedToken>, ProblemResult>> CreateAsync(
        Body<CreateCaller> body, RequestCaller actor, CallerDesk desk, HttpResponse response, CancellationToken cancellationToken)
    {
        var (issued, problem) = await desk.CreateAsync(body.Value, actor.Caller.Name, cancellationToken);
        return problem is not null ? problem : Created(issued!, response);
    }

    static async Task<Results<Ok<CallerPage>, ProblemResult>> ListAsync(Query<CallerPageQuery> query, CallerStore store, CancellationToken cancellationToken)
    {
        var (after, limit) = query.Value;
        var page = await store.ListAsync(after, limit + 1, cancellationToken);
        return TypedResults.Ok(new CallerPage([.. page.Take(limit).Select(CallerViews.Of)], page.Count > limit ? page[limit - 1].Caller.Name : null));
    }

    static async Task<Results<Ok<CallerView>, ProblemResult>> GetAsync(string name, CallerStore store, CancellationToken cancellationToken) =>
        await store.GetAsync(Plain(name), cancellationToken) is { } caller ? TypedResults.Ok(CallerViews.Of(caller)) : Problems.NoSuchCaller(name);

    static async Task<Results<Ok<CallerView>, ProblemResult>> ChangeAsync(
        string name, Body<CallerSettings> body, RequestCaller actor, CallerDesk desk, CancellationToken cancellationToken) =>
        Answer(await desk.ChangeAsync(Plain(name), body.Value, actor.Caller.Name, cancellationToken));

    static async Task<Results<Created<IssuedToken>, ProblemResult>> AddTokenAsync(
        string name, Body<CreateToken> body, RequestCaller actor, CallerDesk desk, HttpResponse response, CancellationToken cancellationToken)
    {
        var (issued, problem) = await desk.AddTokenAsync(Plain(name), body.Value, actor.Caller.Name, cancellationToken);
        return problem is not null ? problem : Created(issued!, response);
    }

    static async Task<Results<Ok<CallerView>, ProblemResult>> RevokeTokenAsync(
        string name, Guid id, RequestCaller actor, CallerDesk desk, CancellationToken cancellationToken) =>
        Answer(await desk.RevokeTokenAsync(Plain(name), id, actor.Caller.Name, cancellationToken));

    static async Task<Results<Ok<CallerView>, ProblemResult>> RevokeAsync(string name, RequestCaller actor, CallerDesk desk, CancellationToken cancellationToken) =>
        Answer(await desk.RevokeAsync(Plain(name), actor.Caller.Name, cancellationToken));

    static async Task<Results<Ok<AuditPage>, ProblemResult>> AuditAsync(Query<AuditPageQuery> query, CallerStore store, CancellationToken cancellationToken)
    {
        var (before, limit) = query.Value;
        var page = await store.AuditAsync(before, limit + 1, cancellationToken);
        var next = page.Count > limit ? FormattableString.Invariant($"{page[limit - 1].Id}") : null;
        return TypedResults.Ok(new AuditPage([.. page.Take(limit).Select(CallerViews.Of)], next));
    }

    static Created<IssuedToken> Created(IssuedToken issued, HttpResponse response)
    {
        // It holds a secret.
        response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/api/v1/admin/callers/{issued.Caller.Name}", issued);
    }

    static Results<Ok<CallerView>, ProblemResult> Answer((CallerView? View, ProblemResult? Problem) answer) =>
        answer.Problem is { } problem ? problem : TypedResults.Ok(answer.View!);

    /// <summary>No caller has such a name, and the store could not even be asked for one with a NUL.</summary>
    static string Plain(string name) => name.Contains('\0', StringComparison.Ordinal) ? "" : name;
}
