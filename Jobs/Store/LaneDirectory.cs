using System.Collections.Frozen;
using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

/// <summary>A task type on a model profile: the unit of order, halt and measurement.</summary>
readonly record struct LaneKey(string TaskType, string ModelProfile);

/// <summary>A lane to claim of.</summary>
/// <param name="Below">Only jobs of smaller priority numbers than this.</param>
readonly record struct LaneBound(int Lane, short Below);

/// <summary>The lanes there are, by id. Lanes are only ever added, so a known one stays right; an unknown one is looked up.</summary>
sealed class LaneDirectory(Database database)
{
    /// <summary>Any number does, as long as no other program in the database takes the same advisory lock.</summary>
    const long LockKey = 0x41_69_50_6c_61_74_03;

    volatile Known _known = new([]);

    /// <summary>The highest id known here; a higher one in the index means that there are lanes to learn.</summary>
    public int Highest => _known.Highest;

    public async Task RefreshAsync(CancellationToken ct)
    {
        var read = new Known(await database.QueryAsync(new Statement("list_lanes"),
            row => KeyValuePair.Create(new LaneKey(row.GetString(1), row.GetString(2)), row.GetInt32(0)), ct));
        Known before;
        do
        {
            before = _known;
            if (read.Ids.Count <= before.Ids.Count)
            {
                // Another refresh that looked later has ended first: lanes are never removed, so the larger set is the newer one.
                return;
            }
        }
        while (Interlocked.CompareExchange(ref _known, read, before) != before);
    }

    /// <summary>The ids of the given lanes, adding those that do not exist.</summary>
    public async Task<FrozenDictionary<LaneKey, int>> EnsureAsync(IEnumerable<LaneKey> keys, CancellationToken ct)
    {
        var missing = keys.Where(key => !_known.Ids.ContainsKey(key)).Distinct().ToArray();
        if (missing.Length > 0)
        {
            await database.ExecuteAsync(new Statement("ensure_lanes")
                .With(missing.Select(key => key.TaskType).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
                .With(missing.Select(key => key.ModelProfile).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
                .With(LockKey), ct);
            await RefreshAsync(ct);
        }
        return _known.Ids;
    }

    /// <summary>The lanes a worker serves. No profiles means every profile.</summary>
    public int[] Serving(IReadOnlyList<string> taskTypes, IReadOnlyList<string> modelProfiles) =>
        [.. _known.Ids.Where(lane => taskTypes.Contains(lane.Key.TaskType)
                                     && (modelProfiles.Count == 0 || modelProfiles.Contains(lane.Key.ModelProfile)))
                      .Select(lane => lane.Value)
                      .Order()];

    /// <summary>The lanes that a worker asks of, each with the priorities it asks for.</summary>
    public LaneBound[] Serving(ClaimRequest request) =>
        [.. Serving(request.TaskTypes, request.ModelProfiles).Select(lane => new LaneBound(lane, request.BelowOf(Find(lane)!.Value.ModelProfile)))];

    /// <summary>What a lane is called; null where it was added after the last refresh.</summary>
    public LaneKey? Find(int id) => _known.Names.TryGetValue(id, out var key) ? key : null;

    /// <summary>The same, looked up where it is not known here. Null only while Postgres is away: a name is not worth a failure.</summary>
    public async ValueTask<LaneKey?> FindAsync(int id)
    {
        if (Find(id) is { } known)
        {
            return known;
        }
        try
        {
            await RefreshAsync(CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
        return Find(id);
    }

    public int? Find(LaneKey key) => _known.Ids.TryGetValue(key, out var id) ? id : null;

    sealed class Known(List<KeyValuePair<LaneKey, int>> lanes)
    {
        public FrozenDictionary<LaneKey, int> Ids { get; } = lanes.ToFrozenDictionary();

        public FrozenDictionary<int, LaneKey> Names { get; } = lanes.ToFrozenDictionary(lane => lane.Value, lane => lane.Key);

        public int Highest { get; } = lanes.Count == 0 ? 0 : lanes.Max(lane => lane.Value);
    }
}
