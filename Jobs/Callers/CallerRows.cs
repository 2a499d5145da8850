using System.Text.Json;
using System.Text.Json.Serialization;
using AiPlatform.Contracts;
using Npgsql;

namespace AiPlatform.Jobs.Store;

/// <summary>Callers as rows, read and written.</summary>
static class CallerRows
{
    public static StoredCaller Read(NpgsqlDataReader row) => new()
    {
        Caller = new Caller
        {
            Name = row.GetString(0),
            Roles = [.. row.GetFieldValue<string[]>(2).Select(role => Enum.Parse<CallerRole>(role, ignoreCase: true))],
            OwnerServices = Nullable<string[]>(row, 3),
            TaskTypes = Nullable<string[]>(row, 4),
            Tenant = Nullable<string>(row, 5),
            DefaultPriority = (JobPriority)row.GetInt16(6),
            HighestPriority = (JobPriority)row.GetInt16(7),
            RequestRate = row.IsDBNull(8) ? null : row.GetDouble(8),
            MostWaiting = row.IsDBNull(9) ? null : row.GetInt32(9),
            MostRunning = row.IsDBNull(10) ? null : row.GetInt32(10),
        },
        IsOfFile = row.GetString(1) == "file",
        ExpiresAt = Time(row, 11),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(12),
        RevokedAt = Time(row, 13),
        Tokens = Tokens(row),
    };

    /// <summary>For <c>save_callers.sql</c>.</summary>
    public static string Write(IEnumerable<(Caller Caller, DateTimeOffset? ExpiresAt)> callers) =>
        JsonSerializer.Serialize([.. callers.Select(one => Row(one.Caller, one.ExpiresAt))], CallerRowJson.Default.CallerRowArray);

    /// <summary>What the audit says of a caller's settings.</summary>
    public static string Detail(Caller caller, DateTimeOffset? expiresAt) => JsonSerializer.Serialize(Row(caller, expiresAt), CallerRowJson.Default.CallerRow);

    static CallerRow Row(Caller caller, DateTimeOffset? expiresAt) => new(
        caller.Name, [.. caller.Roles.Select(role => role.ToString().ToLowerInvariant())], caller.OwnerServices, caller.TaskTypes, caller.Tenant,
        (short)caller.DefaultPriority, (short)caller.HighestPriority, caller.RequestRate, caller.MostWaiting, caller.MostRunning, expiresAt);

    static List<StoredToken> Tokens(NpgsqlDataReader row)
    {
        var (ids, hashes, hints) = (row.GetFieldValue<Guid[]>(14), row.GetFieldValue<byte[][]>(15), row.GetFieldValue<string[]>(16));
        var (created, expire, revoked) =
            (row.GetFieldValue<DateTimeOffset[]>(17), row.GetFieldValue<DateTimeOffset?[]>(18), row.GetFieldValue<DateTimeOffset?[]>(19));
        return [.. ids.Select((id, i) => new StoredToken(id, hashes[i], hints[i], created[i], expire[i], revoked[i]))];
    }

    static T? Nullable<T>(NpgsqlDataReader row, int place)
        where T : class => row.IsDBNull(place) ? null : row.GetFieldValue<T>(place);

    static DateTimeOffset? Time(NpgsqlDataReader row, int place) => row.IsDBNull(place) ? null : row.GetFieldValue<DateTimeOffset>(place);
}

/// <summary>The columns of a caller that it is changed by, named as they are.</summary>
sealed record CallerRow(
    string Name, string[] Roles, IReadOnlyList<string>? OwnerServices, IReadOnlyList<string>? TaskTypes, string? Tenant, short DefaultPriority, short HighestPriority,
    double? RequestRate, int? MostWaiting, int? MostRunning, DateTimeOffset? ExpiresAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CallerRow))]
[JsonSerializable(typeof(CallerRow[]))]
sealed partial class CallerRowJson : JsonSerializerContext;
