using Npgsql;
using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

/// <summary>One embedded statement and its positional parameters.</summary>
sealed class Statement(string file)
{
    readonly List<NpgsqlParameter> _parameters = [];
    TimeSpan? _limit;

    /// <summary>The tenant whose rows alone it is shown; null for everybody's.</summary>
    public string? Tenant { get; private set; }

    /// <summary>Whether its plan is kept with the connection.</summary>
    public bool IsPrepared { get; private set; } = true;

    public string Text { get; } = EmbeddedText.Get(file + ".sql");

    /// <summary>Whether the plan is the one by primary key, whatever the statistics say.</summary>
    public bool IsPinned { get; private set; }

    /// <summary>For a statement that finds its rows by id and runs often: see <see cref="PinnedPlans"/>.</summary>
    public Statement Pinned()
    {
        IsPinned = true;
        return this;
    }

    /// <summary>For a statement whose best plan depends on its values: which owners' jobs are few, the statistics know.</summary>
    public Statement PlannedEachTime()
    {
        IsPrepared = false;
        return this;
    }

    /// <summary>For what is read on behalf of a caller: adds its owner services (null for all) as the next parameter, and has the database hide what is another
    /// tenant's.</summary>
    public Statement Of(JobScope scope)
    {
        Tenant = scope.Tenant;
        return OwnedBy(scope);
    }

    /// <summary>The same for what is changed or locked, which a tenant's role may not: the owner services alone.</summary>
    public Statement OwnedBy(JobScope scope) => WithNullable(scope.Owners?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);

    /// <summary>For a statement that may take longer than others.</summary>
    public Statement Within(TimeSpan limit)
    {
        _limit = limit;
        return this;
    }

    public Statement With<T>(T value, NpgsqlDbType? type = null)
    {
        var parameter = new NpgsqlParameter<T> { TypedValue = value };
        if (type is { } given)
        {
            parameter.NpgsqlDbType = given;
        }
        _parameters.Add(parameter);
        return this;
    }

    /// <summary>A value that may be null; its type has to be said because a null has none.</summary>
    public Statement WithNullable(object? value, NpgsqlDbType type)
    {
        _parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });
        return this;
    }

    public void Fill(NpgsqlCommand command)
    {
        if (Tenant is not null)
        {
            throw new InvalidOperationException($"What is read for a tenant is read in its role:\n{Text}");
        }
        command.CommandText = Text;
        command.CommandTimeout = _limit is { } limit ? (int)limit.TotalSeconds : command.CommandTimeout;
        Fill(command.Parameters);
    }

    /// <summary>As the last of the batch, the first of which takes the tenant's role.</summary>
    public void Fill(NpgsqlBatch batch)
    {
        // A text of its own: one prepared statement for both roles would be planned anew whenever they take turns.
        var command = new NpgsqlBatchCommand(Text + "\n-- In the role of a tenant.");
        Fill(command.Parameters);
        batch.Timeout = _limit is { } limit ? (int)limit.TotalSeconds : batch.Timeout;
        batch.BatchCommands.Add(command);
    }

    void Fill(NpgsqlParameterCollection parameters)
    {
        foreach (var parameter in _parameters)
        {
            // A parameter belongs to one command, and the statement may be run again.
            parameters.Add(parameter.Clone());
        }
    }
}
