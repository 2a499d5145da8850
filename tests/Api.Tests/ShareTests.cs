namespace AiPlatform.Api.Tests;

/// <summary>Fair lanes and the shares of owners over HTTP.</summary>
public sealed class ShareTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    [Fact]
    public async Task Owners_take_turns_where_it_is_said_until_it_is_ended()
    {
        var task = $"task-{Guid.NewGuid():N}";
        var set = await PutAsync("/queue/fairness", $$"""{"task_type":"{{task}}","model_profile":"default","fair":true}""");
        Assert.Equal((200, 1), (set.Status, Fair(set, task)));
        Assert.Equal(1, Fair(await _api.GetAsync("/queue/shares"), task));
        // The end of a wider scope is its end too.
        var ended = await PutAsync("/queue/fairness", $$"""{"task_type":"{{task}}","model_profile":"*","fair":false}""");
        Assert.Equal((200, 0), (ended.Status, Fair(ended, task)));
    }

    [Fact]
    public async Task What_is_said_of_an_owner_is_replaced_and_taken_back()
    {
        var owner = $"owner-{Guid.NewGuid():N}";
        var set = await PutAsync($"/queue/shares/owners/{owner}", """{"weight":0.5,"most_running":3}""");
        Assert.Equal((200, $$"""{"owner_service":"{{owner}}","weight":0.5,"most_running":3}"""), (set.Status, Said(set, owner)));
        Assert.Equal(
            $$"""{"owner_service":"{{owner}}","weight":1,"most_running":null}""", Said(await PutAsync($"/queue/shares/owners/{owner}", "{}"), owner));
        Assert.Null(Said(await DeleteAsync($"/queue/shares/owners/{owner}"), owner));
        var again = await DeleteAsync($"/queue/shares/owners/{owner}");
        Assert.Equal((404, "not_found"), (again.Status, again.Json.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task An_owner_is_meant_by_its_very_name()
    {
        var name = $"owner-{Guid.NewGuid():N}/%2F";
        Assert.NotNull(Said(await PutAsync($"/queue/shares/owners/{Uri.EscapeDataString(name)}", """{"weight":0.5}"""), name));
        Assert.Equal(404, (await DeleteAsync($"/queue/shares/owners/{Uri.EscapeDataString(name.Replace("%2F", "/", StringComparison.Ordinal))}")).Status);
        Assert.Null(Said(await DeleteAsync($"/queue/shares/owners/{Uri.EscapeDataString(name)}"), name));
    }

    [Theory]
    [InlineData("/queue/fairness", """{"task_type":"a"}""", "fair")]
    [InlineData("/queue/fairness", """{"fair":"yes"}""", "fair")]
    [InlineData("/queue/fairness", """{"fair":true,"model_profile":""}""", "model_profile")]
    [InlineData("/queue/shares/owners/a", """{"weight":0}""", "weight")]
    [InlineData("/queue/shares/owners/a", """{"weight":1e300}""", "weight")]
    [InlineData("/queue/shares/owners/a", """{"weight":"2"}""", "weight")]
    [InlineData("/queue/shares/owners/a", """{"most_running":0}""", "most_running")]
    [InlineData("/queue/shares/owners/a", """{"most_running":1.5}""", "most_running")]
    [InlineData("/queue/shares/owners/a%01b", "{}", "owner")]
    [InlineData("/queue/shares/owners/a", """{"more":1}""", "more")]
    public async Task What_is_not_allowed_is_refused_by_its_name(string path, string body, string field)
    {
        var refused = await PutAsync(path, body);
        Assert.Equal((422, true), (refused.Status, refused.Json.GetProperty("errors").TryGetProperty(field, out _)));
    }

    Task<Answer> PutAsync(string path, string json) => _api.SendAsync(HttpMethod.Put, path, new StringContent(json, System.Text.Encoding.UTF8, "application/json"));

    Task<Answer> DeleteAsync(string path) => _api.SendAsync(HttpMethod.Delete, path);

    static int Fair(Answer answer, string task) =>
        answer.Json.GetProperty("fair").EnumerateArray().Count(scope => scope.GetProperty("task_type").GetString() == task);

    static string? Said(Answer answer, string owner)
    {
        var said = answer.Json.GetProperty("owners").EnumerateArray().Where(share => share.GetProperty("owner_service").GetString() == owner).ToArray();
        return said is [] ? null : Assert.Single(said).GetRawText();
    }
}
