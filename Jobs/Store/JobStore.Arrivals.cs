namespace AiPlatform.Jobs.Store;

sealed partial class JobStore
{
    /// <summary>Where the arrivals stand now.</summary>
    public async Task<Look> LookAsync(CancellationToken ct) =>
        (await database.QueryAsync(new Statement("look_at_arrivals"), row => new Look(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), ct))[0];

    /// <summary>The waiting jobs with numbers of the line after one and up to another that have appeared or changed between two looks.</summary>
    /// <param name="since">Null for all that were there at the later look.</param>
    public Task<List<OpenRow>> ArrivalsAsync(long after, long upTo, Look? since, Look until, CancellationToken ct) => database.QueryAsync(
        new Statement("arrivals_page").Pinned().With(after).With(upTo).WithNullable(since?.FirstOpen, NpgsqlTypes.NpgsqlDbType.Bigint).With(until.End),
        JobRows.ReadOpen, ct);
}

/// <summary>A moment in the life of the database.</summary>
/// <param name="FirstOpen">Every transaction that was not over then has this number or a higher one.</param>
/// <param name="End">No transaction that had begun to write by then has this number or a higher one.</param>
/// <param name="Seq">The last number of the line given by then.</param>
readonly record struct Look(long FirstOpen, long End, long Seq);
