using System.Text.Json;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Tests.Access;

/// <summary>The callers of <see cref="IsolatedApi"/>.</summary>
static class Callers
{
    static readonly CallerRole[] Both = [CallerRole.Submit, CallerRole.Read];

    /// <summary>Two of tenants, one of them with two owners, and two of none.</summary>
    public static readonly IReadOnlyList<Caller> OfOwners =
    [
        new() { Name = "acme", Roles = Both, OwnerServices = ["acme-web", "acme-batch"], Tenant = "acme" },
        new() { Name = "globex", Roles = Both, OwnerServices = ["globex-web"], Tenant = "globex" },
        new() { Name = "solo", Roles = Both, OwnerServices = ["solo-web"] },
        new() { Name = "duo", Roles = Both, OwnerServices = ["duo-web"] },
    ];

    public static readonly IReadOnlyList<Caller> All =
    [
        .. OfOwners,
        new() { Name = "duos-twin", Roles = Both, OwnerServices = ["duo-web"] },
        new() { Name = "worker", Roles = [CallerRole.Work], TaskTypes = ["isolation-own"] },
    ];

    public static TheoryData<string> Names => [.. OfOwners.Select(caller => caller.Name)];

    /// <summary>As an administrator is asked to make it, without braces.</summary>
    public static string Settings(Caller caller)
    {
        static string List(IEnumerable<string> words) => JsonSerializer.Serialize(words);
        List<string> fields = [$"\"roles\":{List(caller.Roles.Select(Wire.Word))}", $"\"owner_services\":{List(caller.OwnerServices ?? ["*"])}"];
        if (caller.TaskTypes is { } types)
            fields.Add($"\"task_types\":{List(types)}");
        if (caller.Tenant is { } tenant)
            fields.Add($"\"tenant\":\"{tenant}\"");
        return string.Join(',', fields);
    }
}
