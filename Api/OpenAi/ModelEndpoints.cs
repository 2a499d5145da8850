using AiPlatform.Api.Access;
using AiPlatform.Api.Chat;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Status;
using AiPlatform.Contracts;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.OpenAi;

/// <summary>What a client may ask for as its <c>model</c>.</summary>
static class ModelEndpoints
{
    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        var models = routes.MapGroup("/v1/models").WithTags("OpenAI");
        models.MapGet("", ListAsync).Needs(CallerRole.Submit, CallerRole.Read)
            .WithName("list_models").WithSummary("The model profiles that live workers serve")
            .Produces<ModelList>().RefusesAsOpenAi(Status401Unauthorized, Status422UnprocessableEntity, Status503ServiceUnavailable);
        models.MapGet("/{id}", GetAsync).Needs(CallerRole.Submit, CallerRole.Read)
            .WithName("get_model").WithSummary("Whether a live worker serves a model profile")
            .Produces<ServedModel>()
            .RefusesAsOpenAi(Status401Unauthorized, Status404NotFound, Status422UnprocessableEntity, Status503ServiceUnavailable);
    }

    static async Task<IResult> ListAsync(LiveWorkers workers, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ModelList("list", [.. Served(await workers.ListAsync(cancellationToken)).Select(profile => new ServedModel(profile))]));

    static async Task<IResult> GetAsync(string id, LiveWorkers workers, CancellationToken cancellationToken)
    {
        // The one character that routing leaves as it was sent; many models have it in their names.
        var name = id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var served = Served(await workers.ListAsync(cancellationToken));
        return served.Contains(name) ? TypedResults.Ok(new ServedModel(name)) : Problems.NoSuchModel(ChatProfiles.NotServed(name, served));
    }

    /// <summary>The profiles of chat and of transcription.</summary>
    static List<string> Served(IReadOnlyList<WorkerReport> live) =>
        [.. ChatProfiles.Served(live).Union(ChatProfiles.Served(live, TranscriptionInputs.TaskTypes[0])).Order(StringComparer.Ordinal)];
}
