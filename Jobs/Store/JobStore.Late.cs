using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

sealed partial class JobStore
{
    /// <summary>A moment for <see cref="LatePageAsync"/> to look back to.</summary>
    public async Task<string> BeginLateLookAsync(CancellationToken ct) =>
        (await database.QueryAsync(new Statement("begin_late_look"), row => row.GetString(0), ct))[0];

    /// <summary>A page of the waiting jobs with ids after one and up to another, by id, that were committed or changed since a moment.</summary>
    /// <param name="since">Null for all of them.</param>
    public Task<List<OpenRow>> LatePageAsync(Guid after, Guid upTo, int limit, string? since, CancellationToken ct) =>
        database.QueryAsync(
            new Statement("late_rows_page").Pinned().With(after).With(upTo).With(limit).WithNullable(since, NpgsqlDbType.Text), JobRows.ReadOpen, ct);
}
