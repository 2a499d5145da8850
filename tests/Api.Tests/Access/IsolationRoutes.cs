namespace AiPlatform.Api.Tests.Access;

/// <summary>What each route tells a caller of others, in one table: a route that is not in it fails a test.</summary>
static class IsolationRoutes
{
    /// <summary>Routes of one object: with another's id they answer as if there were none. In an order in which the own object lives through all of them.</summary>
    public static readonly IReadOnlyList<ObjectRoute> OfObjects =
    [
        new("GET /api/v1/jobs/{id:guid}", own => own.Job),
        new("GET /api/v1/jobs/{id:guid}/events", own => own.Ended),
        new("GET /api/v1/jobs/{id:guid}/transcript", own => own.Job),
        new("GET /queue/jobs/{id:guid}", own => own.Job),
        new("GET /v1/files/{id}", own => own.File),
        new("GET /v1/files/{id}/content", own => own.File),
        new("GET /v1/batches/{id}", own => own.Batch),
        new("GET /api/v1/audio/{id:guid}", own => own.Audio),
        new("POST /api/v1/jobs/{id:guid}/retry", own => own.Job),
        new("POST /v1/batches/{id}/cancel", own => own.Batch),
        new("DELETE /queue/jobs/{id:guid}", own => own.Job),
        new("POST /api/v1/jobs/{id:guid}/cancel", own => own.Job),
        new("DELETE /v1/files/{id}", own => own.File),
        new("DELETE /api/v1/audio/{id:guid}", own => own.Audio),
    ];

    /// <summary>Routes that make something: for another's owner service they are refused.</summary>
    public static readonly IReadOnlyList<string> OfNewThings =
    [
        "POST /api/v1/jobs", "POST /api/v1/jobs/batch", "POST /chat", "POST /complete", "POST /chat/stream", "POST /queue/jobs", "POST /v1/chat/completions",
        "POST /v1/embeddings", "POST /v1/audio/transcriptions", "POST /v1/files", "POST /v1/batches", "POST /api/v1/audio",
    ];

    /// <summary>Routes that tell of many, or change them: only what is the caller's.</summary>
    public static readonly IReadOnlyList<string> OfMany =
    [
        "GET /api/v1/jobs", "POST /api/v1/jobs/retry", "POST /api/v1/jobs/cancel", "GET /v1/files", "GET /v1/batches", "GET /api/v1/stats", "GET /queue/status",
    ];

    /// <summary>Routes of workers, for all owners: jobs of other task types than the caller's are not there for it.</summary>
    public static readonly IReadOnlyList<string> OfWorkers =
    [
        "POST /api/v1/jobs/claim", "POST /api/v1/jobs/{id:guid}/heartbeat", "POST /api/v1/jobs/{id:guid}/complete", "POST /api/v1/jobs/{id:guid}/fail",
    ];

    /// <summary>Routes of the platform itself: its models and providers, and what only its administrators may do. They tell of nobody's jobs.</summary>
    public static readonly IReadOnlyList<string> OfThePlatform =
    [
        "GET /v1/models", "GET /v1/models/{id}", "GET /api/v1/providers/status", "GET /api/v1/infra/status",
        "POST /queue/pause", "POST /queue/resume", "POST /queue/stop", "POST /queue/start",
        "GET /queue/shares", "PUT /queue/fairness", "PUT /queue/shares/owners/{owner}", "DELETE /queue/shares/owners/{owner}",
        "POST /api/v1/admin/callers", "GET /api/v1/admin/callers", "GET /api/v1/admin/callers/{name}", "PUT /api/v1/admin/callers/{name}",
        "POST /api/v1/admin/callers/{name}/tokens", "DELETE /api/v1/admin/callers/{name}/tokens/{id:guid}", "POST /api/v1/admin/callers/{name}/revoke",
        "GET /api/v1/admin/audit", "GET /api/v1/admin/tenants", "DELETE /api/v1/admin/tenants/{tenant}/owners/{owner}",
    ];

    public static IEnumerable<string> All => [.. OfObjects.Select(route => route.Route), .. OfNewThings, .. OfMany, .. OfWorkers, .. OfThePlatform];
}

/// <param name="Route">Method and pattern.</param>
/// <param name="Of">The id of the object that it takes.</param>
sealed record ObjectRoute(string Route, Func<OwnThings, string> Of)
{
    public HttpMethod Method => new(Route.Split(' ')[0]);

    public string Path(string id) => Route.Split(' ')[1].Replace("{id:guid}", id, StringComparison.Ordinal).Replace("{id}", id, StringComparison.Ordinal);
}

/// <summary>Ids of what a caller has made.</summary>
/// <param name="Job">One that waits.</param>
/// <param name="Ended">One that is cancelled.</param>
sealed record OwnThings(string Job, string Ended, string File, string Batch, string Audio);
