using System.Collections.Concurrent;
using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

/// <summary>The ids of owner services, so that open rows and results stay narrow.</summary>
sealed class OwnerDirectory(Database database)
{
    /// <summary>Beyond this many names the cache starts anew: callers choose the names, memory must not follow them without end.</summary>
    const int MostKnown = 10_000;

    readonly ConcurrentDictionary<string, int> _known = new();

    public async Task<IReadOnlyDictionary<string, int>> EnsureAsync(IEnumerable<string> names, CancellationToken ct)
    {
        var wanted = names.Distinct().ToArray();
        var missing = wanted.Where(name => !_known.ContainsKey(name)).ToArray();
        var found = missing.Length == 0
            ? []
            : await database.QueryAsync(new Statement("ensure_owners").With(missing, NpgsqlDbType.Array | NpgsqlDbType.Text),
                row => (Id: row.GetInt32(0), Name: row.GetString(1)), ct);

        var ids = wanted.Where(_known.ContainsKey).ToDictionary(name => name, name => _known[name]);
        foreach (var (id, name) in found)
        {
            ids[name] = id;
        }
        if (_known.Count + found.Count > MostKnown)
        {
            _known.Clear();
        }
        foreach (var (id, name) in found)
        {
            _known[name] = id;
        }
        // The insert of a name that another transaction committed a moment ago answers nothing, and the select beside it sees the older
        // snapshot: the second look finds it.
        var unseen = wanted.Where(name => !ids.ContainsKey(name)).ToArray();
        if (unseen.Length > 0)
        {
            foreach (var (name, id) in await EnsureAsync(unseen, ct))
            {
                ids[name] = id;
            }
        }
        return ids;
    }
}
