using System.Text.Json;
using AiPlatform.Testing;
using Npgsql;

namespace AiPlatform.Api.Tests.Access;

/// <summary>Administrators see which owner services are whose, and take one from its tenant.</summary>
public sealed class TenantAdminTests(Stores stores)
{
    const string Admin = "the-administrator's-word";
    const string Tenants = "/api/v1/admin/tenants";
    const string Shop = Tenants + "/acme/owners/shop";
    const string Job = """{"task_type":"t","input":1}""";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_owner_service_goes_from_one_tenant_to_another_on_every_instance()
    {
        await using var api = await RunningApi.StartAsync(stores, $"AI_SERVICE_TOKEN={Admin}");
        await using var beside = await RunningApi.StartBesideAsync(stores, api.Schema, $"AI_SERVICE_TOKEN={Admin}");
        var first = await api.MakeAsync(Admin, "first", """ "roles":["submit","read"],"owner_services":["shop"],"tenant":"acme" """);
        await api.MakeAsync(Admin, "second", """ "roles":["read"],"owner_services":["stock"],"tenant":"acme" """);
        await api.MakeAsync(Admin, "third", """ "roles":["read"],"owner_services":["x/y"],"tenant":"globex" """);

        // The one beside knows the owner as the first one's.
        await Eventually.That(async () => Assert.Equal(201, (await beside.AsAsync(first, "POST", "/api/v1/jobs", Job)).Status), Ct);
        var listed = await api.AsAsync(Admin, "GET", $"{Tenants}?limit=1");
        Assert.Equal(
            """{"tenants":[{"tenant":"acme","owner_services":[{"owner_service":"shop","callers":["first"]},{"owner_service":"stock","callers":["second"]}]}],"next_cursor":"acme"}""", listed.Text);
        Assert.Equal(
            """{"tenants":[{"tenant":"globex","owner_services":[{"owner_service":"x/y","callers":["third"]}]}],"next_cursor":null}""",
            (await api.AsAsync(Admin, "GET", $"{Tenants}?cursor=acme")).Text);

        (await api.AsAsync(Admin, "DELETE", Shop)).IsProblem(409, "owner_in_use", "The owner service 'shop' stays the tenant's: the callers first name it. Revoke or change them first.");
        (await api.AsAsync(Admin, "DELETE", Tenants + "/globex/owners/shop")).IsProblem(404, "not_found", "The tenant 'globex' has no owner service 'shop'.");
        Assert.Equal(200, (await api.AsAsync(Admin, "POST", $"{CallerRequests.Callers}/first/revoke")).Status);
        (await api.AsAsync(Admin, "DELETE", Shop)).IsProblem(409, "owner_in_use", "The owner service 'shop' stays the tenant's: it keeps 1 jobs. Remove them, or wait until their time is over.");
        await using (var forget = api.Get<NpgsqlDataSource>().CreateCommand("delete from job_open; delete from job"))
            await forget.ExecuteNonQueryAsync(Ct);
        Assert.Equal(204, (await api.AsAsync(Admin, "DELETE", Shop)).Status);
        Assert.Equal(404, (await api.AsAsync(Admin, "DELETE", Shop)).Status);

        var next = await api.MakeAsync(Admin, "next", """ "roles":["submit","read"],"owner_services":["shop"],"tenant":"globex" """);
        await Eventually.That(async () => Assert.Equal(201, (await beside.AsAsync(next, "POST", "/api/v1/jobs", Job)).Status), Ct);
        Assert.Equal("globex", (await beside.AsAsync(next, "GET", "/api/v1/jobs")).Json.GetProperty("jobs")[0].GetProperty("tenant_id").GetString());
        var entry = (await api.AsAsync(Admin, "GET", "/api/v1/admin/audit")).Json.GetProperty("entries")[1];
        Assert.Equal(
            ("service", "owner.release", "shop", """{"tenant":"acme"}"""),
            (entry.GetProperty("actor").GetString(), entry.GetProperty("action").GetString(), entry.GetProperty("target").GetString(), entry.GetProperty("detail").GetRawText()));

        // A name with a slash is written as in any address.
        Assert.Equal(200, (await api.AsAsync(Admin, "POST", $"{CallerRequests.Callers}/third/revoke")).Status);
        Assert.Equal(204, (await api.AsAsync(Admin, "DELETE", Tenants + "/globex/owners/x%2Fy")).Status);
    }

    [Fact]
    public async Task An_owner_service_is_meant_by_its_very_name()
    {
        string[] names = ["x/y", "x%2Fy", "x%2fy", "x%252Fy", "x y%"];
        await using var api = await RunningApi.StartAsync(stores, $"AI_SERVICE_TOKEN={Admin}");
        await api.MakeAsync(Admin, "one", $$""" "roles":["read"],"owner_services":{{JsonSerializer.Serialize(names)}},"tenant":"globex" """);
        Assert.Equal(200, (await api.AsAsync(Admin, "POST", $"{CallerRequests.Callers}/one/revoke")).Status);
        List<string> left = [.. names.Order(StringComparer.Ordinal)];
        foreach (var name in names.Reverse())
        {
            Assert.Equal(204, (await api.AsAsync(Admin, "DELETE", $"{Tenants}/globex/owners/{Uri.EscapeDataString(name)}")).Status);
            left.Remove(name);
            Assert.Equal(left, Owners((await api.AsAsync(Admin, "GET", Tenants)).Json));
        }

        static IEnumerable<string> Owners(JsonElement page) => page.GetProperty("tenants").EnumerateArray()
            .SelectMany(tenant => tenant.GetProperty("owner_services").EnumerateArray()).Select(owner => owner.GetProperty("owner_service").GetString()!).Order(StringComparer.Ordinal);
    }
}
