using System.Net;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>Failures by chance, and the one that a header asks for.</summary>
public sealed class RandomFailureTests
{
    const string Hello = """{"messages":[{"role":"user","content":"Hello"}]}""";

    [Theory]
    [InlineData("rate_limit", 429, "Too Many Requests")]
    [InlineData("invalid_api_key", 401, "Unauthorized")]
    [InlineData("context_length", 400, "BadRequestError")]
    [InlineData("server_error", 503, "ServiceUnavailableError")]
    [InlineData("invalid_request", 400, "BadRequestError")]
    [InlineData("model_not_found", 404, "NotFoundError")]
    public async Task A_rate_of_all_fails_every_request_in_the_way_that_is_set(string type, int status, string name)
    {
        await using var server = await StartAsync("SIMULATOR_FAILURE_RATE=100", $"SIMULATOR_FAILURE_TYPES={type}");
        using var refused = await server.ChatAsync(Hello);
        var error = Sse.Json(await refused.Content.ReadAsStringAsync(Cancelled)).GetProperty("error");
        Assert.Equal((status, name), ((int)refused.StatusCode, error.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task The_same_seed_fails_the_same_requests_in_all_ways()
    {
        await using var server = await StartAsync("SIMULATOR_FAILURE_RATE=50");
        var first = await StatusesAsync(server);
        using var reset = await server.Http.PostAsync("/admin/reset", null, Cancelled);
        Assert.Equal(first, await StatusesAsync(server));
        Assert.InRange(first.Count(status => status == 200), 30, 90);
        Assert.Equal([200, 400, 401, 404, 429, 503], first.Distinct().Order());
        await server.ConfigureAsync(new { failure_rate = 0 });
        Assert.All(await StatusesAsync(server), status => Assert.Equal(200, status));
    }

    [Fact]
    public async Task A_header_asks_for_a_status()
    {
        await using var server = await StartAsync();
        Assert.Equal(418, (int)(await AskForAsync(server, "418")).StatusCode);
        foreach (var wrong in new[] { "200", "soon", "503;message=no" })
        {
            await ChatRefusalTests.AssertRefusedAsync(
                await AskForAsync(server, wrong), HttpStatusCode.BadRequest, $"X-Return-Error is '{wrong}', which is not a status from 400 to 599", "BadRequestError", "X-Return-Error");
        }
    }

    static async Task<HttpResponseMessage> AskForAsync(SimulatorServer server, string status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Hello) };
        request.Headers.Add("X-Return-Error", status);
        return await server.Http.SendAsync(request, Cancelled);
    }

    static async Task<List<int>> StatusesAsync(SimulatorServer server)
    {
        var statuses = new List<int>();
        for (var number = 0; number < 120; number++)
        {
            using var response = await server.ChatAsync(Hello);
            statuses.Add((int)response.StatusCode);
        }

        return statuses;
    }
}
