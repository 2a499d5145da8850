using System.Text.Json;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Admin;

/// <summary>Callers and what administrators did, as answers.</summary>
static class CallerViews
{
    public static CallerView Of(StoredCaller stored) => new()
    {
        Name = stored.Caller.Name,
        Source = stored.IsOfFile ? "file" : "api",
        Roles = [.. stored.Caller.Roles.Select(Wire.Word)],
        OwnerServices = stored.Caller.OwnerServices ?? [CallerSettings.Every],
        TaskTypes = stored.Caller.TaskTypes,
        Tenant = stored.Caller.Tenant,
        DefaultPriority = stored.Caller.DefaultPriority,
        HighestPriority = stored.Caller.HighestPriority,
        RequestRate = stored.Caller.RequestRate,
        MostWaiting = stored.Caller.MostWaiting,
        MostRunning = stored.Caller.MostRunning,
        ExpiresAt = stored.ExpiresAt,
        CreatedAt = stored.CreatedAt,
        RevokedAt = stored.RevokedAt,
        Tokens = [.. stored.Tokens.Select(token => new TokenView(token.Id, token.Hint, token.CreatedAt, token.ExpiresAt, token.RevokedAt))],
    };

    public static AuditView Of(AuditEntry entry) => new()
    {
        Id = entry.Id,
        At = entry.At,
        Actor = entry.Actor,
        Action = entry.Action,
        Target = entry.Target,
        Detail = entry.Detail is { } json ? JsonElement.Parse(json) : null,
    };
}
