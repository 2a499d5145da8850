using System.Text.Json;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.Api.OpenAi.Batches;

/// <summary>A batch as OpenAI's clients know it.</summary>
static class BatchViews
{
    public static BatchView Of(StoredBatch batch)
    {
        long? EndedAs(BatchState state) => batch.State == state ? batch.EndedAt?.ToUnixTimeSeconds() : null;
        // Its files are shown when they are whole, and only those that have anything in them.
        string? File(Guid id, long bytes) => batch.EndedAt is not null && bytes > 0 ? WireIds.OfFile(id) : null;
        return new BatchView
        {
            Id = WireIds.OfBatch(batch.Id),
            Endpoint = batch.Endpoint,
            Errors = batch.Errors?.Deserialize(OpenAiJson.Types.BatchErrors),
            InputFileId = WireIds.OfFile(batch.InputFile),
            CompletionWindow = batch.CompletionWindow,
            Status = Wire.Word(batch.State),
            OutputFileId = File(batch.OutputFile, batch.OutputBytes),
            ErrorFileId = File(batch.ErrorFile, batch.ErrorBytes),
            CreatedAt = batch.CreatedAt.ToUnixTimeSeconds(),
            InProgressAt = batch.InProgressAt?.ToUnixTimeSeconds(),
            ExpiresAt = batch.ExpiresAt.ToUnixTimeSeconds(),
            FinalizingAt = batch.FinalizingAt?.ToUnixTimeSeconds(),
            CompletedAt = EndedAs(BatchState.Completed),
            FailedAt = EndedAs(BatchState.Failed),
            ExpiredAt = EndedAs(BatchState.Expired),
            CancellingAt = batch.CancellingAt?.ToUnixTimeSeconds(),
            CancelledAt = EndedAs(BatchState.Cancelled),
            RequestCounts = new BatchCounts(batch.Total, batch.Completed, batch.Failed),
            Metadata = batch.Metadata,
        };
    }
}
