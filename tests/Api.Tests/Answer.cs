using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AiPlatform.Api.Tests;

/// <summary>What the API answered.</summary>
public sealed record Answer(int Status, string? MediaType, HttpResponseHeaders Headers, string Text)
{
    public JsonElement Json => JsonElement.Parse(Text);

    public static async Task<Answer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken) => new(
        (int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, response.Headers,
        await response.Content.ReadAsStringAsync(cancellationToken));

    /// <summary>That this is the problem and no other; the trace id is only looked at for being there.</summary>
    public void IsProblem(int status, string code, string detail)
    {
        var problem = Problem(status);
        Assert.Equal((code, detail), (problem["code"]!.GetValue<string>(), problem["detail"]!.GetValue<string>()));
    }

    /// <summary>That the request was refused for exactly these errors, given as JSON.</summary>
    public void IsInvalid(string errors)
    {
        var problem = Problem(422);
        Assert.Equal("invalid", problem["code"]!.GetValue<string>());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(errors), problem["errors"]),
            $"Expected {errors}\nbut got  {problem["errors"]!.ToJsonString()}");
    }

    /// <summary>That this is the error in OpenAI's form, with nothing beside its four fields.</summary>
    public void IsOpenAiError(int status, string type, string code, string? param, string message)
    {
        Assert.True(Status == status, $"Expected {status}, got {Status}: {Text}");
        Assert.Equal("application/json", MediaType);
        var expected = new JsonObject
        {
            ["error"] = new JsonObject { ["message"] = message, ["type"] = type, ["param"] = param, ["code"] = code },
        };
        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(Text)), $"Expected {expected.ToJsonString()}\nbut got  {Text}");
    }

    JsonObject Problem(int status)
    {
        Assert.True(Status == status, $"Expected {status}, got {Status}: {Text}");
        Assert.Equal("application/problem+json", MediaType);
        var problem = JsonNode.Parse(Text)!.AsObject();
        Assert.Equal(status, problem["status"]!.GetValue<int>());
        Assert.Matches("^[0-9a-f]{32}$", problem["trace_id"]!.GetValue<string>());
        return problem;
    }
}
