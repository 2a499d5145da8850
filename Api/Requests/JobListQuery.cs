using AiPlatform.Contracts;

namespace AiPlatform.Api.Requests;

/// <summary>Which jobs to list, and which page of them.</summary>
sealed record JobListQuery(JobFilter Filter, string? Cursor, int Limit) : IQuery<JobListQuery>
{
    const int LongestCursor = 512;

    public static IReadOnlyList<RequestParameter> Parameters { get; } =
    [
        .. JsonShape.Of(typeof(JobFilter)).Fields.Select(field => new RequestParameter(field.Name, $"Only jobs {Meaning(field.Name)}.")
        {
            Allowed = field.Allowed,
            Format = field.Kind == FieldKind.Time ? "date-time" : null,
        }),
        new("cursor", "The next_cursor of the page before."),
        new("limit", $"Jobs on a page. Default {Limits.DefaultPage}.") { Range = (1, Limits.MostPage) },
    ];

    public static JobListQuery Read(QueryReader query)
    {
        var cursor = query.Text("cursor", LongestCursor);
        var limit = query.Number("limit", 1, Limits.MostPage, Limits.DefaultPage);
        return new(query.Fields<JobFilter>() ?? new(), cursor, limit);
    }

    static string Meaning(string field) => field switch
    {
        "created_after" => "created after this time",
        "created_before" => "created before this time",
        _ => $"of this {field.Replace('_', ' ')}",
    };
}
