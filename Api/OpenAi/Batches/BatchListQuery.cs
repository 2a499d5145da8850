using AiPlatform.Api.Requests;

namespace AiPlatform.Api.OpenAi.Batches;

/// <summary>Which page of the batches to list.</summary>
sealed record BatchListQuery(Guid? After, int Limit) : IQuery<BatchListQuery>
{
    const int Default = 20;
    const int Most = 100;

    public static IReadOnlyList<RequestParameter> Parameters { get; } =
    [
        new("after", "The last id of the page before."),
        new("limit", $"Batches on a page. Default {Default}.") { Range = (1, Most) },
    ];

    public static BatchListQuery Read(QueryReader query)
    {
        var after = query.Text("after", 64);
        var id = after is null ? null : WireIds.Batch(after);
        if (after is not null && id is null)
            query.Errors.Add("after", $"{Shown.Before($"'{after}'")}is not the id of a batch.");
        return new(id, query.Number("limit", 1, Most, Default));
    }
}
