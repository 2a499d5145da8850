using Npgsql;
using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

/// <summary>One embedded statement and its positional parameters.</summary>
sealed class Statement(string file)
{
    readonly List<NpgsqlParameter> _parameters = [];
    TimeSpan? _limit;

    public string Text { get; } = EmbeddedText.Get(file + ".sql");

    /// <summary>Whether the plan is the one by primary key, whatever the statistics say.</summary>
    public bool IsPinned { get; private set; }

    /// <summary>For a statement that finds its rows by id and runs often: see <see cref="PinnedPlans"/>.</summary>
    public Statement Pinned()
    {
        IsPinned = true;
        return this;
    }

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
        command.CommandText = Text;
        command.CommandTimeout = _limit is { } limit ? (int)limit.TotalSeconds : command.CommandTimeout;
        foreach (var parameter in _parameters)
        {
            // A parameter belongs to one command, and the statement may be run again.
            command.Parameters.Add(parameter.Clone());
        }
    }
}
