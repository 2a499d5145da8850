using System.Text.Json.Nodes;

namespace AiPlatform.Api.Tests.Access;

/// <summary>Requests of named callers.</summary>
static class CallerRequests
{
    public const string Callers = "/api/v1/admin/callers";

    /// <summary>Makes a caller as the administrator who has the token.</summary>
    /// <param name="settings">Such as <c>"roles":["read"],"owner_services":["a"]</c>.</param>
    /// <returns>Its token.</returns>
    public static async Task<string> MakeAsync(this RunningApi api, string admin, string name, string settings)
    {
        var answer = await api.AsAsync(admin, "POST", Callers, $$"""{"name":"{{name}}",{{settings}}}""");
        Assert.True(answer.Status == 201, answer.Text);
        return answer.Json.GetProperty("token").GetString()!;
    }

    /// <summary>A request with a token; none where it is empty.</summary>
    public static Task<Answer> AsAsync(this RunningApi api, string token, string method, string path, string? json = null, params (string Name, string Value)[] headers) =>
        api.SendAsync(
            new HttpMethod(method), path, json is null ? null : new StringContent(json, System.Text.Encoding.UTF8, "application/json"),
            token.Length == 0 ? headers : [("Authorization", $"Bearer {token}"), .. headers]);

    /// <summary>That the caller is refused for what it is, with exactly these errors as JSON.</summary>
    public static void IsForbidden(this Answer answer, string? errors = null)
    {
        Assert.True(answer.Status == 403, $"Expected 403, got {answer.Status}: {answer.Text}");
        Assert.Equal("forbidden", answer.Json.GetProperty("code").GetString());
        if (errors is not null)
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(errors), JsonNode.Parse(answer.Text)!["errors"]), $"Expected {errors}\nbut got  {answer.Text}");
    }
}
