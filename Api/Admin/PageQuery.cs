using System.Globalization;
using AiPlatform.Api.Requests;

namespace AiPlatform.Api.Admin;

/// <summary>Which page of the callers.</summary>
sealed record CallerPageQuery(string After, int Limit) : IQuery<CallerPageQuery>
{
    public static IReadOnlyList<RequestParameter> Parameters { get; } =
    [
        new("cursor", "The next_cursor of the page before."),
        new("limit", $"Entries on a page. Default {Limits.DefaultPage}.") { Range = (1, Limits.MostPage) },
    ];

    public static CallerPageQuery Read(QueryReader query) =>
        new(query.Text("cursor", 64) ?? "", query.Number("limit", 1, Limits.MostPage, Limits.DefaultPage));
}

/// <summary>Which page of the tenants, whose names are as long as those of owner services.</summary>
sealed record TenantPageQuery(string After, int Limit) : IQuery<TenantPageQuery>
{
    public static IReadOnlyList<RequestParameter> Parameters => CallerPageQuery.Parameters;

    public static TenantPageQuery Read(QueryReader query) =>
        new(query.Text("cursor", 128) ?? "", query.Number("limit", 1, Limits.MostPage, Limits.DefaultPage));
}

/// <summary>Which page of the audit.</summary>
sealed record AuditPageQuery(long? Before, int Limit) : IQuery<AuditPageQuery>
{
    public static IReadOnlyList<RequestParameter> Parameters => CallerPageQuery.Parameters;

    public static AuditPageQuery Read(QueryReader query)
    {
        var cursor = query.Text("cursor", 64);
        var isId = long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var before);
        if (cursor is not null && !isId)
            query.Errors.Add("cursor", "is not a cursor of this service; leave it out to begin with the first page.");
        return new(isId ? before : null, query.Number("limit", 1, Limits.MostPage, Limits.DefaultPage));
    }
}
