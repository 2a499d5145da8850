using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>No provider could transcribe a chunk now, or any: the attempt ends, and the chunks that are done stay.</summary>
sealed class ChunkFailedException(ProviderFailure failure) : Exception(failure.Message)
{
    public ProviderFailure Failure => failure;
}
