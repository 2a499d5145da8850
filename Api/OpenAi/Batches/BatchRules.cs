using System.Text.Json;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.Api.OpenAi.Batches;

/// <summary>What a new batch may be.</summary>
static class BatchRules
{
    const string Window = "24h";
    const int MostEntries = 16;
    const int LongestName = 64;
    const int LongestText = 512;

    public static void Check(CreateBatch call, InputErrors errors)
    {
        if (BatchTargets.Find(call.Endpoint) is null)
            errors.Add("endpoint", $"{Shown.Before($"'{call.Endpoint}'")}is not allowed; {Shown.Allowed(BatchTargets.All.Select(target => target.Path))}");
        if (call.CompletionWindow != Window)
            errors.Add("completion_window", $"{Shown.Before($"'{call.CompletionWindow}'")}is not allowed; {Shown.Allowed([Window])}");
        if (call.Metadata is { ValueKind: not JsonValueKind.Null } metadata)
            CheckMetadata(metadata, errors);
    }

    public static StoredBatch New(CreateBatch call, Guid input, OwnerHeaders owner, TimeSpan? outputTtl, string? traceparent) => new()
    {
        Id = Guid.CreateVersion7(),
        OwnerService = owner.Service,
        OwnerRef = owner.Reference,
        Endpoint = call.Endpoint!,
        CompletionWindow = call.CompletionWindow!,
        Metadata = call.Metadata is { ValueKind: JsonValueKind.Object } metadata ? metadata : null,
        Traceparent = traceparent,
        InputFile = input,
        OutputFile = Guid.CreateVersion7(),
        ErrorFile = Guid.CreateVersion7(),
        OutputTtl = outputTtl,
    };

    /// <summary>Whether everything that the caller chose is the same.</summary>
    public static bool IsSameCall(StoredBatch one, StoredBatch other) =>
        (one.OwnerRef, one.Endpoint, one.CompletionWindow, one.InputFile, one.OutputTtl, one.Metadata?.GetRawText())
        == (other.OwnerRef, other.Endpoint, other.CompletionWindow, other.InputFile, other.OutputTtl, other.Metadata?.GetRawText());

    static void CheckMetadata(JsonElement metadata, InputErrors errors)
    {
        if (metadata.ValueKind != JsonValueKind.Object)
        {
            errors.Add("metadata", $"must be an object, not {Shown.Kind(metadata)}.");
            return;
        }
        if (metadata.GetPropertyCount() > MostEntries)
            errors.Add("metadata", $"must have at most {MostEntries} entries, not {metadata.GetPropertyCount()}.");
        foreach (var entry in metadata.EnumerateObject())
        {
            var path = $"metadata.{Shown.Name(entry.Name)}";
            if (entry.Name.Length > LongestName)
                errors.Add(path, $"must have a name of at most {LongestName} characters.");
            if (entry.Value.ValueKind != JsonValueKind.String)
                errors.Add(path, $"must be a string, not {Shown.Kind(entry.Value)}.");
            else if (entry.Value.GetString()!.Length > LongestText)
                errors.Add(path, $"must have at most {LongestText} characters, not {entry.Value.GetString()!.Length}.");
        }
    }
}
