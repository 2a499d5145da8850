using AiPlatform.Contracts;
using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

sealed partial class JobStore
{
    /// <summary>The halts in force.</summary>
    public Task<List<QueueHalt>> HaltsAsync(CancellationToken ct) =>
        database.QueryAsync(new Statement("list_halts"), row => new QueueHalt(
            (HaltKind)row.GetInt16(0), row.GetString(1), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3)), ct);

    /// <param name="actor">Who does it, which is noted with it; null for the queue itself.</param>
    public Task HaltAsync(HaltKind kind, LaneKey scope, string? actor, CancellationToken ct) => SwitchAsync(
        new Statement("halt_queue").With((short)kind).With(scope.TaskType).With(scope.ModelProfile), kind is HaltKind.Paused ? "queue.pause" : "queue.stop", Target(scope), actor, ct);

    /// <summary>Ends the halts of the kind on the scope and on all inside it.</summary>
    public Task LiftAsync(HaltKind kind, LaneKey scope, string? actor, CancellationToken ct) => SwitchAsync(
        new Statement("lift_halts").With((short)kind).With(scope.TaskType).With(scope.ModelProfile), kind is HaltKind.Paused ? "queue.resume" : "queue.start", Target(scope), actor, ct);

    public async Task<HaltedLanes> HaltedLanesAsync(CancellationToken ct)
    {
        var rows = await database.QueryAsync(
            new Statement("halted_lanes"), row => new HaltedLanes(row.GetBoolean(0), row.GetFieldValue<int[]>(1)), ct);
        return rows[0];
    }

    /// <summary>Notes what an administrator did.</summary>
    public Task NoteAsync(string actor, string action, string target, string? detail, CancellationToken ct) =>
        database.ExecuteAsync(Note(actor, action, target, detail), ct);

    static Statement Note(string actor, string action, string target, string? detail) =>
        new Statement("note_action").With(actor).With(action).With(target).WithNullable(detail, NpgsqlDbType.Json);

    static string Target(LaneKey scope) => $"{scope.TaskType}/{scope.ModelProfile}";

    /// <summary>Makes the change, and notes who does it with it.</summary>
    /// <param name="detail">JSON; null where there is nothing more to say.</param>
    /// <param name="onlyIfChanged">What changes nothing is not noted.</param>
    /// <returns>How many rows it changed.</returns>
    Task<int> SwitchAsync(
        Statement change, string action, string target, string? actor, CancellationToken ct, string? detail = null, bool onlyIfChanged = false) => actor is null
        ? database.ExecuteAsync(change, ct)
        : database.TransactAsync(
            async connection =>
            {
                var changed = await Database.ExecuteAsync(connection, change, ct);
                if (changed > 0 || !onlyIfChanged)
                {
                    await Database.ExecuteAsync(connection, Note(actor, action, target, detail), ct);
                }
                return (true, changed);
            },
            ct);
}

/// <param name="Everything">Also lanes that do not exist yet.</param>
/// <param name="Ids">Every lane in which nothing may start.</param>
readonly record struct HaltedLanes(bool Everything, int[] Ids)
{
    public bool Any => Everything || Ids.Length > 0;
}
