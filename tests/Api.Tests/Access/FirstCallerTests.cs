using AiPlatform.Testing;

namespace AiPlatform.Api.Tests.Access;

/// <summary>An API without <c>AI_SERVICE_TOKEN</c>: open until the first caller is made, and never without an administrator after it.</summary>
public sealed class FirstCallerTests(Stores stores)
{
    const string Callers = CallerRequests.Callers;

    [Fact]
    public async Task The_first_caller_is_an_administrator_and_closes_the_api()
    {
        await using var api = await RunningApi.StartAsync(stores);
        Assert.Equal(200, (await api.AsAsync("any word", "GET", Callers)).Status);
        const string Reason = "must have admin, on a caller and a token without an end: from the first caller on tokens are asked for, and without AI_SERVICE_TOKEN nobody else "
            + "could make further ones.";
        foreach (var settings in (string[])
            [
                """ "roles":["read"],"owner_services":["*"] """, """ "roles":["admin"],"owner_services":["*"],"expires_at":"2999-01-01T00:00:00Z" """,
                """ "roles":["admin"],"owner_services":["*"],"token_expires_at":"2999-01-01T00:00:00Z" """,
            ])
        {
            (await api.AsAsync("", "POST", Callers, $$"""{"name":"first",{{settings}}}""")).IsInvalid($$"""{"roles":["{{Reason}}"]}""");
        }
        Assert.Equal(200, (await api.AsAsync("", "GET", Callers)).Status);

        var admin = await api.MakeAsync("", "first", """ "roles":["admin"],"owner_services":["*"] """);
        Assert.Equal((401, 200), ((await api.AsAsync("", "GET", Callers)).Status, (await api.AsAsync(admin, "GET", Callers)).Status));

        const string Last = "The caller 'first' is the last administrator that stays, and AI_SERVICE_TOKEN is not set: nobody could make callers any more. Make another "
            + "administrator first.";
        var token = (await api.AsAsync(admin, "GET", $"{Callers}/first")).Json.GetProperty("tokens")[0].GetProperty("id").GetGuid();
        (await api.AsAsync(admin, "POST", $"{Callers}/first/revoke")).IsProblem(409, "caller_conflict", Last);
        (await api.AsAsync(admin, "DELETE", $"{Callers}/first/tokens/{token}")).IsProblem(409, "caller_conflict", Last);
        (await api.AsAsync(admin, "PUT", $"{Callers}/first", """{"roles":["read"],"owner_services":["*"]}""")).IsProblem(409, "caller_conflict", Last);
        (await api.AsAsync(admin, "POST", $"{Callers}/first/tokens", """{"expires_at":"2999-01-01T00:00:00Z","expire_others_in":"1h"}"""))
            .IsProblem(409, "caller_conflict", Last);

        var second = await api.MakeAsync(admin, "second", """ "roles":["admin"],"owner_services":["*"] """);
        Assert.Equal(200, (await api.AsAsync(second, "POST", $"{Callers}/first/revoke")).Status);
        Assert.Equal(401, (await api.AsAsync(admin, "GET", Callers)).Status);
    }

    [Fact]
    public async Task Beside_the_service_token_every_caller_may_go()
    {
        await using var api = await RunningApi.StartAsync(stores, "AI_SERVICE_TOKEN=word");
        var reader = await api.MakeAsync("word", "reader", """ "roles":["read"],"owner_services":["a"] """);
        await api.MakeAsync("word", "admin", """ "roles":["admin"],"owner_services":["*"] """);
        Assert.Equal(200, (await api.AsAsync("word", "POST", $"{Callers}/admin/revoke")).Status);
        Assert.Equal(200, (await api.AsAsync("word", "POST", $"{Callers}/reader/revoke")).Status);
        Assert.Equal((401, 200), ((await api.AsAsync(reader, "GET", "/api/v1/stats")).Status, (await api.AsAsync("word", "GET", Callers)).Status));
    }
}
