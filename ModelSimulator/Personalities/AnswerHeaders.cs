using System.Globalization;

namespace AiPlatform.ModelSimulator.Personalities;

/// <summary>The headers that each server adds to an answer: its id for the request, and of hosted ones the limits on it.</summary>
static class AnswerHeaders
{
    const int Requests = 10_000;
    const int Tokens = 2_000_000;

    public static void Add(HttpContext context, string requestId, DateTimeOffset now)
    {
        var headers = context.Response.Headers;
        switch (Personality.Of(context).Kind)
        {
            case ServerKind.Vllm:
                headers["X-Request-Id"] = requestId;
                break;
            case ServerKind.OpenAi:
                headers["x-request-id"] = "req_" + requestId;
                headers["openai-version"] = "2020-10-01";
                headers["openai-processing-ms"] = "1";
                headers["x-ratelimit-limit-requests"] = Text(Requests);
                headers["x-ratelimit-limit-tokens"] = Text(Tokens);
                headers["x-ratelimit-remaining-requests"] = Text(Requests - 1);
                headers["x-ratelimit-remaining-tokens"] = Text(Tokens - 1);
                headers["x-ratelimit-reset-requests"] = "6ms";
                headers["x-ratelimit-reset-tokens"] = "0s";
                break;
            case ServerKind.Anthropic:
                var reset = now.AddSeconds(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
                headers["request-id"] = "req_" + requestId;
                headers["anthropic-ratelimit-requests-limit"] = Text(Requests);
                headers["anthropic-ratelimit-requests-remaining"] = Text(Requests - 1);
                headers["anthropic-ratelimit-requests-reset"] = reset;
                headers["anthropic-ratelimit-tokens-limit"] = Text(Tokens);
                headers["anthropic-ratelimit-tokens-remaining"] = Text(Tokens - 1);
                headers["anthropic-ratelimit-tokens-reset"] = reset;
                break;
        }
    }

    /// <summary>A refusal for too many requests says that none is left.</summary>
    public static void Exhaust(HttpContext context)
    {
        foreach (var name in new[] { "x-ratelimit-remaining-requests", "anthropic-ratelimit-requests-remaining" })
        {
            if (context.Response.Headers.ContainsKey(name))
                context.Response.Headers[name] = "0";
        }
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
