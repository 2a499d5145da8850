using System.Diagnostics;
using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.Admin;

/// <summary>Which owner services belong to which tenants, for administrators.</summary>
static partial class TenantEndpoints
{
    /// <summary>Of those that name an owner service, so many are told.</summary>
    const int MostTold = 10;

    public static void MapTenants(this IEndpointRouteBuilder routes)
    {
        var tenants = routes.MapGroup("/tenants").WithTags("Admin").Needs(CallerRole.Admin);
        tenants.MapGet("", ListAsync).WithName("list_tenants").WithSummary("List tenants by name, each with its owner services and the callers that name those");
        tenants.MapDelete("/{tenant}/owners/{owner}", ReleaseAsync)
            .WithName("release_owner").WithSummary("Take an owner service from its tenant, where no caller names it and nothing of it is kept")
            .WithDescription("It is no tenant's then, and the next caller that names it may be of another one.")
            .Refuses(Status404NotFound, Status409Conflict);
    }

    static async Task<Results<Ok<TenantPage>, ProblemResult>> ListAsync(Query<TenantPageQuery> query, TenantStore store, CancellationToken cancellationToken)
    {
        var (after, limit) = query.Value;
        var page = await store.ListAsync(after, limit + 1, cancellationToken);
        return TypedResults.Ok(new TenantPage([.. page.Take(limit).Select(View)], page.Count > limit ? page[limit - 1].Name : null));
    }

    static async Task<Results<NoContent, ProblemResult>> ReleaseAsync(
        string tenant, string owner, HttpContext context, RequestCaller actor, TenantStore store, CallerDirectory directory, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        (tenant, owner) = (Plain(PathNames.Of(context, nameof(tenant))), Plain(PathNames.Of(context, nameof(owner))));
        switch (await store.ReleaseAsync(tenant, owner, actor.Caller.Name, cancellationToken))
        {
            case OwnerRelease.NotFound:
                return Problems.NoSuchOwner(tenant, owner);
            case OwnerRelease.Named named:
                return Problems.OwnerInUse(owner, $"the callers {string.Join(", ", named.Callers.Take(MostTold))}{(named.Callers.Count > MostTold ? ", …" : "")} name it. Revoke or change them first.");
            case OwnerRelease.Kept kept:
                return Problems.OwnerInUse(owner, $"it keeps {Counts(kept)}. Remove them, or wait until their time is over.");
            case OwnerRelease.Done:
                LogReleased(loggers.CreateLogger(typeof(TenantEndpoints)), owner, tenant, actor.Caller.Name);
                await directory.RefreshAsync(cancellationToken);
                return TypedResults.NoContent();
            default:
                throw new UnreachableException();
        }
    }

    static string Counts(OwnerRelease.Kept kept)
    {
        (int Count, string What)[] parts = [(kept.Jobs, "jobs"), (kept.Files, "files"), (kept.Audio, "audio files"), (kept.Batches, "batches")];
        return string.Join(", ", parts.Where(part => part.Count > 0).Select(part => $"{(part.Count < TenantStore.MostCounted ? "" : "at least ")}{part.Count} {part.What}"));
    }

    static TenantView View(Tenant tenant) => new(tenant.Name, [.. tenant.Owners.Select(owner => new OwnerOfTenantView(owner.OwnerService, owner.Callers))]);

    /// <summary>No tenant or owner has such a name, and the store could not even be asked for one with a NUL.</summary>
    static string Plain(string name) => name.Contains('\0', StringComparison.Ordinal) ? "" : name;

    [LoggerMessage(1066, LogLevel.Information, "The owner service {Owner} was taken from the tenant {Tenant} by {Actor}.")]
    static partial void LogReleased(ILogger logger, string owner, string tenant, string actor);
}
