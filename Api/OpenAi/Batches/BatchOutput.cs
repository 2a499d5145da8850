using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AiPlatform.Api.Errors;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.Api.OpenAi.Batches;

/// <summary>Lines of a batch's output and error files, in OpenAI's form.</summary>
sealed class BatchOutput(StoredBatch batch, BatchTarget target)
{
    readonly List<int> _completed = [];
    readonly List<int> _failed = [];
    readonly ArrayBufferWriter<byte> _output = new();
    readonly ArrayBufferWriter<byte> _errors = new();
    int _given;

    public int Count => _completed.Count + _failed.Count;

    public int Bytes => _output.WrittenCount + _errors.WrittenCount;

    /// <summary>A job that has ended. What throws has added nothing.</summary>
    public void Add(BatchLine line, JobView job)
    {
        if (job.Status == JobStatus.Completed)
            Answer(_output, _completed, line, job.Id, StatusCodes.Status200OK, target.Answer(job, job.ModelProfile));
        else if (IsExpired(job))
            Error(line, "batch_expired", "This request could not be executed before the completion window expired.");
        else if (job.Status == JobStatus.Cancelled && batch.State == BatchState.Cancelling)
            Error(line, "batch_cancelled", "The batch was cancelled before this request had ended.");
        else if (job.Status == JobStatus.Cancelled)
            Error(line, ErrorCodes.Cancelled, $"The job of this request, {job.Id}, was cancelled.");
        else
            Answer(_errors, _failed, line, job.Id, Problems.Of(job).Problem.Status, OpenAiErrors.Bytes(Problems.Of(job).Problem));
        _given++;
    }

    /// <summary>Whether a job did not end because the batch's time was over.</summary>
    public bool IsExpired(JobView job) => job.Status == JobStatus.Cancelled ? batch.HasExpired : job.Error?.Category == ErrorCategories.DeadlineExceeded;

    /// <summary>A line that no job will be made of, as the batch was called off.</summary>
    public void Drop(BatchLine line)
    {
        _given += line.JobId is null ? 0 : 1;
        if (batch.HasExpired)
            Error(line, "batch_expired", "This request could not be executed before the completion window expired.");
        else
            Error(line, "batch_cancelled", "The batch was cancelled before this request was started.");
    }

    /// <summary>A line that could not be made a job.</summary>
    /// <param name="given">Whether it counts as one nevertheless.</param>
    public void Refuse(BatchLine line, string code, string message, bool given)
    {
        _given += given ? 1 : 0;
        Error(line, code, message);
    }

    public EndedLines ToLines() => new(_completed, _failed, Parts(_output), Parts(_errors), _given);

    void Error(BatchLine line, string code, string message)
    {
        _failed.Add(line.Line);
        Write(_errors, line, json =>
        {
            json.WriteNull("response");
            json.WriteStartObject("error");
            json.WriteString("code", code);
            json.WriteString("message", message);
            json.WriteEndObject();
        });
    }

    void Answer(ArrayBufferWriter<byte> file, List<int> lines, BatchLine line, Guid job, int status, ReadOnlyMemory<byte> body)
    {
        lines.Add(line.Line);
        Write(file, line, json =>
        {
            json.WriteStartObject("response");
            json.WriteNumber("status_code", status);
            json.WriteString("request_id", job.ToString("D", CultureInfo.InvariantCulture));
            json.WritePropertyName("body");
            json.WriteRawValue(body.Span, skipInputValidation: true);
            json.WriteEndObject();
            json.WriteNull("error");
        });
    }

    void Write(ArrayBufferWriter<byte> file, BatchLine line, Action<Utf8JsonWriter> write)
    {
        using (var json = new Utf8JsonWriter(file, OpenAiJson.Writing))
        {
            json.WriteStartObject();
            json.WriteString("id", string.Create(CultureInfo.InvariantCulture, $"batch_req_{batch.Id:N}_{line.Line}"));
            json.WriteString("custom_id", line.CustomId);
            write(json);
            json.WriteEndObject();
        }
        file.Write("\n"u8);
    }

    static List<byte[]> Parts(ArrayBufferWriter<byte> file)
    {
        List<byte[]> parts = [];
        for (var start = 0; start < file.WrittenCount; start += FileStore.PartBytes)
            parts.Add(file.WrittenSpan.Slice(start, Math.Min(FileStore.PartBytes, file.WrittenCount - start)).ToArray());
        return parts;
    }
}
