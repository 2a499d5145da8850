using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.TranscriptionWorker.Input;

/// <summary>Reads the input of a job once more: the API checks it at submission, and not every job comes by way of the API.</summary>
static class InputReader
{
    /// <returns>Null where the input is not valid; <paramref name="problem"/> then names each field and what is allowed.</returns>
    public static TranscriptionInput? TryRead(JsonElement? input, out string? problem)
    {
        var read = TranscriptionInputs.Read(input, out var faults);
        problem = read is null ? string.Join(' ', faults.Select(fault => $"{fault.Field} {fault.Message}")) : null;
        return read;
    }
}
