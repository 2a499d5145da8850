using AiPlatform.Api.Access;
using System.Text.Json;
using AiPlatform.Api.Errors;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.Endpoints;

/// <summary>A job's events as a stream.</summary>
static class JobEventEndpoints
{
    public static void MapJobEvents(this IEndpointRouteBuilder jobs) =>
        jobs.MapGet("/{id:guid}/events", StreamAsync).Needs(CallerRole.Read)
            .WithName("get_job_events").WithSummary("Server-sent events of a job: state changes, progress, tokens")
            .WithDescription(
                "The stream begins with a state and ends after a final one. Cut off, it goes on after the event that Last-Event-ID names. "
                + "After an event 'continued' a new run goes on with the text; after 'restart', or tokens of another started_at, the text before is void.")
            .Produces<JobEvent>(Status200OK, "text/event-stream")
            .Refuses(Status404NotFound);

    static async Task<Results<ServerSentEventsResult<JsonElement>, ProblemResult>> StreamAsync(
        Guid id, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, JobQueue queue, HttpContext context, IOptions<ApiOptions> options,
        IHostApplicationLifetime lifetime, TimeProvider time)
    {
        if (lastEventId is not null && !JobEvents.IsEventId(lastEventId))
            return Problems.Invalid(
                "Last-Event-ID", "is not the id of an event; send the last id that the stream gave, or leave it out to begin anew.");

        var stream = new EventStream(context.Response, options.Value.EventsHeartbeat, time, lifetime.ApplicationStopping, context.RequestAborted);
        context.Response.RegisterForDisposeAsync(stream);
        if (!await stream.OpenAsync(ended => queue.EventsAsync(RequestCaller.Of(context).Scope, id, lastEventId, ended)))
            return Problems.NoSuchJob(id);

        // A proxy that buffers would hold tokens back until there are many.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(stream.ReadAsync());
    }
}
