using AiPlatform.Api.Requests;

namespace AiPlatform.Api.OpenAi.Files;

/// <summary>Which files to list, and which page of them.</summary>
sealed record FileListQuery(Guid? After, bool NewestFirst, int Limit, string? Purpose) : IQuery<FileListQuery>
{
    const int Most = 10_000;

    static readonly string[] Orders = ["asc", "desc"];

    public static IReadOnlyList<RequestParameter> Parameters { get; } =
    [
        new("after", "The last id of the page before."),
        new("limit", $"Files on a page. Default {Most}.") { Range = (1, Most) },
        new("order", "By creation. Default desc.") { Allowed = Orders },
        new("purpose", "Only files of this purpose."),
    ];

    public static FileListQuery Read(QueryReader query)
    {
        var after = query.Text("after", 64);
        var id = after is null ? null : WireIds.File(after);
        if (after is not null && id is null)
            query.Errors.Add("after", $"{Shown.Before($"'{after}'")}is not the id of a file.");
        var order = query.Text("order", 4);
        if (order is not null && !Orders.Contains(order))
            query.Errors.Add("order", $"{Shown.Before($"'{order}'")}is not allowed; {Shown.Allowed(Orders)}");
        return new(id, order is not "asc", query.Number("limit", 1, Most, Most), query.Text("purpose", 64));
    }
}
