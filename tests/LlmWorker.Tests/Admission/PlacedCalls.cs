using AiPlatform.Testing;
using Microsoft.AspNetCore.Http;
using static AiPlatform.LlmWorker.Tests.Routing.RoutedCalls;

namespace AiPlatform.LlmWorker.Tests.Admission;

/// <summary>A model with so many places, whose answers come when a test says so.</summary>
static class PlacedCalls
{
    public static string Config(ScriptedServer server, int concurrency) => $$"""
        {
          "providers": { "a": { "base_url": "{{server.Address}}" } },
          "groups": { "quality": { "deployments": [{ "provider": "a", "concurrency": {{concurrency}} }] } }
        }
        """;

    public static async Task AnswerAfterAsync(Task finish, HttpContext context)
    {
        await finish.WaitAsync(context.RequestAborted);
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(Good, context.RequestAborted);
    }

    /// <summary>Until so many calls have come.</summary>
    public static Task ReachedAsync(ScriptedServer server, int calls) => Eventually.That(
        () =>
        {
            lock (server.Bodies)
            {
                Assert.Equal(calls, server.Bodies.Count);
            }
        },
        TestContext.Current.CancellationToken);
}
