using System.Collections.Frozen;
using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

/// <summary>A task type on a model profile: the unit of order, pause and measurement.</summary>
readonly record struct LaneKey(string TaskType, string ModelProfile);

/// <summary>The lanes there are, by id. Lanes are only ever added, so a known one stays right; an unknown one is looked up.</summary>
sealed class LaneDirectory(Database database)
{
    volatile FrozenDictionary<LaneKey, int> _lanes = FrozenDictionary<LaneKey, int>.Empty;

    volatile FrozenDictionary<int, LaneKey> _names = FrozenDictionary<int, LaneKey>.Empty;

    /// <summary>The highest id known here; a higher one in the index means that there are lanes to learn.</summary>
    public int Highest => _lanes.Count == 0 ? 0 : _lanes.Values.Max();

    public async Task RefreshAsync(CancellationToken ct)
    {
        var rows = await database.QueryAsync(new Statement("list_lanes"),
            row => KeyValuePair.Create(new LaneKey(row.GetString(1), row.GetString(2)), row.GetInt32(0)), ct);
        _names = rows.ToFrozenDictionary(row => row.Value, row => row.Key);
        _lanes = rows.ToFrozenDictionary();
    }

    /// <summary>The ids of the given lanes, adding those that do not exist.</summary>
    public async Task<FrozenDictionary<LaneKey, int>> EnsureAsync(IEnumerable<LaneKey> keys, CancellationToken ct)
    {
        var missing = keys.Where(key => !_lanes.ContainsKey(key)).Distinct().ToArray();
        if (missing.Length > 0)
        {
            await database.ExecuteAsync(new Statement("ensure_lanes")
                .With(missing.Select(key => key.TaskType).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
                .With(missing.Select(key => key.ModelProfile).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text), ct);
            await RefreshAsync(ct);
        }
        return _lanes;
    }

    /// <summary>The lanes a worker serves. No profiles means every profile.</summary>
    public int[] Serving(IReadOnlyList<string> taskTypes, IReadOnlyList<string> modelProfiles) =>
        [.. _lanes.Where(lane => taskTypes.Contains(lane.Key.TaskType)
                                 && (modelProfiles.Count == 0 || modelProfiles.Contains(lane.Key.ModelProfile)))
                  .Select(lane => lane.Value)
                  .Order()];

    /// <summary>The lanes that match a pause, in which '*' stands for every task type or profile.</summary>
    public int[] Matching(LaneKey pause) =>
        [.. _lanes.Where(lane => pause.TaskType is "*" || pause.TaskType == lane.Key.TaskType)
                  .Where(lane => pause.ModelProfile is "*" || pause.ModelProfile == lane.Key.ModelProfile)
                  .Select(lane => lane.Value)];

    /// <summary>What a lane is called; null where it was added after the last refresh.</summary>
    public LaneKey? Find(int id) => _names.TryGetValue(id, out var key) ? key : null;

    public int? Find(LaneKey key) => _lanes.TryGetValue(key, out var id) ? id : null;
}
