using AiPlatform.Api.Access;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Builder;

namespace AiPlatform.Api.Tests.Access;

/// <summary>Callers of the tests, whom a header names: what tokens make of a request is not looked at here.</summary>
static class Callers
{
    public const string Header = "X-Test-Caller";

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

    public static void Use(WebApplication app) => app.Use((context, next) =>
    {
        if (context.Request.Headers[Header].ToString() is { Length: > 0 } name)
            context.Features.Set(new RequestCaller(All.Single(caller => caller.Name == name)));
        return next(context);
    });

    public static Task<Answer> SendAsync(
        this RunningApi api, string? caller, HttpMethod method, string path, HttpContent? content = null, params (string, string)[] headers) =>
        api.SendAsync(method, path, content, caller is null ? headers : [.. headers, (Header, caller)]);

    public static Task<Answer> GetAsync(this RunningApi api, string? caller, string path) => api.SendAsync(caller, HttpMethod.Get, path);

    public static Task<Answer> PostAsync(this RunningApi api, string? caller, string path, string json, params (string, string)[] headers) =>
        api.SendAsync(caller, HttpMethod.Post, path, new StringContent(json, System.Text.Encoding.UTF8, "application/json"), headers);
}
