namespace AiPlatform.Api.Tests.Access;

/// <summary>The column "other" of the access table: what belongs to another owner service is as if it were not there.</summary>
public sealed class AccessOthersTests(AccessFixture fixture) : IClassFixture<AccessFixture>
{
    const string Filter = """{"task_type":"matrix"}""";

    public static TheoryData<string> NotFound => [.. AccessRow.All.Where(row => row.Other == "404").Select(row => row.Route)];

    public static TheoryData<string> Hidden => [.. AccessRow.All.Where(row => row.Other == "hidden").Select(row => row.Route)];

    [Theory]
    [MemberData(nameof(NotFound))]
    public async Task Anothers_is_answered_like_an_absent_one(string route)
    {
        var row = AccessRow.Of(route);
        var (theirs, absent) = (await fixture.ThingAsync(row), AccessFixture.AbsentOf(row));
        var answer = await fixture.SendAsync("other", row, theirs);
        Assert.Equal(404, answer.Status);
        Assert.Equal((await fixture.SendAsync("other", row, absent)).Words(absent), answer.Words(theirs));
        Assert.NotEqual(404, (await fixture.SendAsync("owner", row, theirs)).Status);
    }

    [Theory]
    [MemberData(nameof(Hidden))]
    public async Task Anothers_is_in_no_list_count_or_change(string route)
    {
        var row = AccessRow.Of(route);
        string[] theirs = [AccessFixture.Owner, await fixture.JobAsync("matrix"), await fixture.RunningAsync(), await fixture.FileAsync(), await fixture.BatchAsync()];
        if (row.Method == "POST")
        {
            Assert.Equal("""{"count":0}""", (await fixture.SendAsync("other", row, "", AccessFixture.Json(Filter))).Text);
            return;
        }
        var (seen, hidden) = (await fixture.SendAsync("owner", row, ""), await fixture.SendAsync("other", row, ""));
        Assert.Equal((200, 200), (seen.Status, hidden.Status));
        Assert.Contains(theirs, word => seen.Text.Contains(word, StringComparison.Ordinal));
        Assert.DoesNotContain(theirs, word => hidden.Text.Contains(word, StringComparison.Ordinal));
    }
}
