using System.Text.Json;
using AiPlatform.Api.Chat;
using AiPlatform.Api.Status;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.Api.OpenAi.Batches;

/// <summary>Reads the file of a batch before anything of it is run: a batch with one wrong line fails as a whole, and says what is wrong with which.</summary>
sealed class BatchCheck(BatchStore batches, FileStore files, LiveWorkers workers, BatchTelemetry telemetry)
{
    public const int MostLines = 50_000;

    /// <summary>Faults that are told; the others would not help.</summary>
    const int MostFaults = 100;

    /// <summary>Lines a statement.</summary>
    const int Page = 1_000;

    public async Task CheckAsync(TakenBatch taken, StoredBatch batch, CancellationToken cancellationToken)
    {
        var findings = new Findings();
        List<BatchLine> page = [];
        var total = 0;
        var target = BatchTargets.Find(batch.Endpoint)!;
        var live = await workers.ListAsync(cancellationToken);
        await foreach (var line in JsonLines.ReadAsync(files.ReadAsync(JobScope.All, batch.InputFile, cancellationToken), Limits.MostBodyBytes, cancellationToken))
        {
            if (++total > MostLines)
            {
                findings.Add("too_many_lines", $"A batch may have at most {MostLines} requests.", null, line.Number);
                break;
            }
            if (Check(line, target, live, findings) is { } request && findings.Count == 0)
                page.Add(new BatchLine(line.Number, request.CustomId, line.Place, line.Length));
            if (findings.Count == MostFaults)
                break;
            if (page.Count == Page)
            {
                if (!await batches.AddLinesAsync(taken, page, cancellationToken))
                    return;
                page.Clear();
            }
        }
        if (total == 0)
            findings.Add("empty_file", "The input file has no lines.", "input_file_id", null);

        if (findings.Count > 0)
        {
            if (await batches.FailAsync(taken, findings.ToJson(), cancellationToken))
                telemetry.Closed(BatchState.Failed);
        }
        else if (page.Count == 0 || await batches.AddLinesAsync(taken, page, cancellationToken))
        {
            await batches.BeginAsync(taken, total, cancellationToken);
        }
    }

    static BatchRequest? Check(JsonLine line, BatchTarget target, IReadOnlyList<WorkerReport> live, Findings findings)
    {
        if (line.IsTooLong)
        {
            findings.Add("line_too_long", $"A line may have at most {Limits.MostBodyBytes} bytes (8 MiB), not {line.Length}.", null, line.Number);
            return null;
        }
        var request = BatchRequest.Read(line.Bytes.Span, target, (code, message, field) => findings.Add(code, message, field, line.Number));
        if (request is null)
            return null;
        if (!findings.IsNew(request.CustomId))
            findings.Add("duplicate_custom_id", "custom_id must be unique in a batch; an earlier line has the same.", "custom_id", line.Number);
        if (target.TaskType == ChatProfiles.TaskType && ChatProfiles.IsUnknown(live, request.Model))
            findings.Add(ErrorCodes.ModelNotFound, ChatProfiles.NotServed(request.Model, ChatProfiles.Served(live)), "body.model", line.Number);
        return request;
    }

    /// <summary>What is wrong, and which ids were seen.</summary>
    sealed class Findings
    {
        readonly List<BatchError> _errors = [];
        readonly HashSet<string> _ids = [];

        public int Count => _errors.Count;

        public void Add(string code, string message, string? field, int? line)
        {
            if (_errors.Count < MostFaults)
                _errors.Add(new BatchError(code, message, field, line));
        }

        public bool IsNew(string customId) => _ids.Add(customId);

        public JsonElement ToJson() => JsonSerializer.SerializeToElement(new BatchErrors("list", _errors), OpenAiJson.Types.BatchErrors);
    }
}
