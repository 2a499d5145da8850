using AiPlatform.Api.Errors;

namespace AiPlatform.Api.Requests;

/// <summary>Refuses a request whose parts are not valid, or that has query parameters its route does not know.</summary>
sealed class RequestPartsFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var errors = new InputErrors();
        foreach (var part in context.Arguments.OfType<IRequestPart>())
        {
            if (part.Problem is { } problem)
                return problem;
            errors.Add(part.Errors);
        }
        CheckQueryNames(context.HttpContext, errors);
        return errors.Any ? Problems.Invalid(errors) : await next(context);
    }

    static void CheckQueryNames(HttpContext context, InputErrors errors)
    {
        if (context.Request.Query.Count == 0)
            return;
        if (context.Request.Query.Count > Limits.MostQueryParameters)
        {
            errors.Add("query", $"must have at most {Limits.MostQueryParameters} parameters, not {context.Request.Query.Count}.");
            return;
        }
        string[] known =
        [
            .. context.GetEndpoint()!.Metadata.GetOrderedMetadata<RequestParameter>()
                .Where(parameter => !parameter.InHeader).Select(parameter => parameter.Name),
        ];
        foreach (var name in context.Request.Query.Keys.Except(known))
        {
            errors.Add(Shown.Name(name), known.Length == 0
                ? "is not known; this route has no query parameters."
                : $"is not known; {Shown.Allowed(known)}");
        }
    }
}
