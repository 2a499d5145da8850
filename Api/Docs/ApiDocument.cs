using Microsoft.OpenApi;

namespace AiPlatform.Api.Docs;

/// <summary>The OpenAPI document and the page that browses it; both are open, and served without anything from elsewhere.</summary>
static class ApiDocument
{
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
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = "docs";
            page.DocumentTitle = "AiPlatform API";
            page.SwaggerEndpoint("../openapi/v1.json", "AiPlatform v1");
        });
    }
}
