using Microsoft.OpenApi;

namespace AiPlatform.Api.Docs;

/// <summary>The OpenAPI document and the page that browses it; both are open, and served without anything from elsewhere.</summary>
static class ApiDocument
{
    // Scripts from here alone: text of the document that were one would not run. The page sets styles in its elements.
    const string PagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi("v1", document =>
    {
        document.AddDocumentTransformer((api, _, _) =>
        {
            api.Info = new OpenApiInfo
            {
                Title = "AiPlatform",
                Version = "v1",
                Description = "Durable, prioritised jobs for AI work. Errors are problem+json with a stable code.",
            };
            api.Servers?.Clear();
            return Task.CompletedTask;
        });
        document.AddDocumentTransformer<BearerSecurity>();
        document.AddOperationTransformer<BearerSecurity>();
        document.AddOperationTransformer<RequestParameters>();
        document.AddSchemaTransformer<WireSchemas>();
    });

    public static void MapApiDocument(this WebApplication app)
    {
        app.MapOpenApi().AllowAnonymous();
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/docs"), page => page.Use((context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = PagePolicy;
            return next(context);
        }));
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = "docs";
            page.DocumentTitle = "AiPlatform API";
            page.SwaggerEndpoint("../openapi/v1.json", "AiPlatform v1");
        });
    }
}
