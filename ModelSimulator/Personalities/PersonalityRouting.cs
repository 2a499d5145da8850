namespace AiPlatform.ModelSimulator.Personalities;

/// <summary>Decides which server answers a request: the one its path begins with, such as <c>/ollama/v1/models</c>, else that of the settings.</summary>
static class PersonalityRouting
{
    public static void Use(WebApplication app, Personality usual)
    {
        app.Use((context, next) =>
        {
            context.Features.Set(Find(context.Request) ?? usual);
            return next(context);
        });

        // After the prefix is gone from the path.
        app.UseRouting();
    }

    static Personality? Find(HttpRequest request)
    {
        foreach (var personality in Personality.All)
        {
            if (request.Path.StartsWithSegments(personality.Prefix, StringComparison.Ordinal, out var rest))
            {
                (request.PathBase, request.Path) = (personality.Prefix, rest);
                return personality;
            }
        }

        return null;
    }
}
