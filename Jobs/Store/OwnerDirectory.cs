using System.Collections.Concurrent;
using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

/// <summary>The ids of owner services, so that open rows and results stay narrow.</summary>
sealed class OwnerDirectory(Database database)
{
    /// <summary>Beyond this many names the cache starts anew: callers choose the names, memory must not follow them without end.</summary>
    const int MostKnown = 10_000;

    readonly ConcurrentDictionary<string, int> _known = new();

    /// <summary>The tenants of owners, empty for none. Callers bind them, and an administrator may undo that: another dictionary takes the place of this one then, so that who is still
    /// filling it does no harm.</summary>
    volatile ConcurrentDictionary<string, string> _tenants = new();

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

    /// <summary>To be called before anything of the owners is made for a caller: they must be in its scope and its tenant's, or new.</summary>
    /// <exception cref="OwnerNotAllowedException">One of them is not.</exception>
    public async Task BindAsync(JobScope scope, IEnumerable<string> names, CancellationToken ct)
    {
        if (scope.Owners is null)
        {
            return;
        }
        var wanted = names.Distinct().ToList();
        if (wanted.FirstOrDefault(name => !scope.Has(name)) is { } foreign)
        {
            throw new OwnerNotAllowedException(foreign, scope.Owners);
        }
        if (scope.Tenant is not { } tenant)
        {
            return;
        }
        var known = _tenants;
        // As above: what another transaction has just committed is met by the next look.
        for (var unbound = Unbound(known, wanted, tenant); unbound.Length > 0; unbound = Unbound(known, wanted, tenant))
        {
            var bound = await database.QueryAsync(
                new Statement("tenants_of_owners").With(unbound, NpgsqlDbType.Array | NpgsqlDbType.Text).With(tenant),
                row => (Name: row.GetString(0), Tenant: row.IsDBNull(1) ? "" : row.GetString(1)), ct);
            if (known.Count + bound.Count > MostKnown)
            {
                known.Clear();
            }
            foreach (var (name, holder) in bound)
            {
                known[name] = holder;
            }
        }
    }

    /// <summary>Looks again whether an owner is still the tenant's, whatever is remembered.</summary>
    /// <exception cref="OwnerNotAllowedException">It is not.</exception>
    public async Task CheckAsync(JobScope scope, string name, CancellationToken ct)
    {
        var find = new Statement("hold_owners").With(new[] { name }, NpgsqlDbType.Array | NpgsqlDbType.Text);
        if (scope.Tenant is { } tenant && (await database.QueryAsync(find, row => row.IsDBNull(1) ? "" : row.GetString(1), ct)).FirstOrDefault() != tenant)
        {
            throw new OwnerNotAllowedException(name, tenant);
        }
    }

    /// <summary>Whose the owners are is to be asked anew: the callers have changed.</summary>
    public void ForgetTenants() => _tenants = new();

    /// <summary>Those that are not known to be a tenant's.</summary>
    static string[] Unbound(ConcurrentDictionary<string, string> known, IReadOnlyList<string> names, string tenant)
    {
        List<string> unbound = [];
        foreach (var name in names)
        {
            if (!known.TryGetValue(name, out var holder))
            {
                unbound.Add(name);
            }
            else if (holder != tenant)
            {
                throw new OwnerNotAllowedException(name, tenant);
            }
        }
        return [.. unbound];
    }
}
