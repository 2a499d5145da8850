using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;
using NpgsqlTypes;

namespace AiPlatform.Jobs;

/// <summary>The workers that are alive and what they say of themselves and their providers: how the API knows of models without holding a key.</summary>
public sealed class WorkerDirectory
{
    /// <summary>A worker that has not reported for this long is not listed.</summary>
    public static readonly TimeSpan Alive = TimeSpan.FromSeconds(30);

    readonly Database _database;

    internal WorkerDirectory(Database database) => _database = database;

    public Task ReportAsync(WorkerReport report, CancellationToken ct) => _database.ExecuteAsync(
        new Statement("report_worker").With(report.WorkerId)
            .With(JsonSerializer.Serialize(report, ContractsJson.Default.WorkerReport), NpgsqlDbType.Json), ct);

    /// <summary>For a worker that stops in good order; one that dies is forgotten by time.</summary>
    public Task ForgetAsync(string workerId, CancellationToken ct) =>
        _database.ExecuteAsync(new Statement("forget_worker").With(workerId), ct);

    public async Task<IReadOnlyList<WorkerReport>> ListAsync(CancellationToken ct) => await _database.QueryAsync(
        new Statement("list_workers").With(Alive, NpgsqlDbType.Interval),
        row => JsonSerializer.Deserialize(row.GetString(0), ContractsJson.Default.WorkerReport)!, ct);
}
