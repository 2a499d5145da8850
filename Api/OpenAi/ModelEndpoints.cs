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
        models.MapGet("", ListAsync)
            .WithName("list_models").WithSummary("The model profiles that live workers serve")
            .Produces<ModelList>().RefusesAsOpenAi(Status401Unauthorized, Status422UnprocessableEntity, Status503ServiceUnavailable);
        models.MapGet("/{id}", GetAsync)
            .WithName("get_model").WithSummary("Whether a live worker serves a model profile")
            .Produces<ServedModel>()
            .RefusesAsOpenAi(Status401Unauthorized, Status404NotFound, Status422UnprocessableEntity, Status503ServiceUnavailable);
    }

    static async Task<IResult> ListAsync(LiveWorkers workers, CancellationToken cancellationToken)
    {
        var profiles = ChatProfiles.Served(await workers.ListAsync(cancellationToken));
        return TypedResults.Ok(new ModelList("list", [.. profiles.Select(profile => new ServedModel(profile))]));
    }

    static async Task<IResult> GetAsync(string id, LiveWorkers workers, CancellationToken cancellationToken)
    {
        // The one character that routing leaves as it was sent; many models have it in their names.
        var name = id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var served = ChatProfiles.Served(await workers.ListAsync(cancellationToken)).ToList();
        return served.Contains(name) ? TypedResults.Ok(new ServedModel(name)) : Problems.NoSuchModel(ChatProfiles.NotServed(name, served));
    }
}
