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
        var ids = new Dictionary<string, int>();
        var missing = new HashSet<string>();
        foreach (var name in names)
        {
            if (_known.TryGetValue(name, out var id))
            {
                ids[name] = id;
            }
            else
            {
                missing.Add(name);
            }
        }
        while (missing.Count > 0)
        {
            // A name that another transaction committed a moment ago is neither added nor seen: the next look finds it.
            var found = await database.QueryAsync(new Statement("ensure_owners").With(missing.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
                row => (Id: row.GetInt32(0), Name: row.GetString(1)), ct);
            if (_known.Count + found.Count > MostKnown)
            {
                _known.Clear();
            }
            foreach (var (id, name) in found)
            {
                ids[name] = _known[name] = id;
                missing.Remove(name);
            }
        }
        return ids;
    }
}
