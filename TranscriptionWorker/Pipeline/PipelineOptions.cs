using System.ComponentModel.DataAnnotations;
using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>How recordings are cut into chunks, and how many of those are transcribed at a time.</summary>
public sealed class PipelineOptions
{
    /// <summary>The longest chunk, for jobs that bring no <c>chunk_seconds</c> of their own. Chunks end in pauses; each is stored when it is done, and
    /// times are the better the shorter they are. Voxtral pads to full 30 s.</summary>
    /// <value>Default 30; 5 to 600 seconds.</value>
    [ConfigurationKeyName("TRANSCRIPTION_CHUNK_SECONDS"), Range(ChannelPlanOptions.LeastChunkSeconds, ChannelPlanOptions.MostChunkSeconds)]
    public double ChunkSeconds { get; set; } = ChannelPlanOptions.DefaultChunkSeconds;

    /// <summary>Chunks of one job that are transcribed at a time. A worker that dies loses at most these.</summary>
    /// <value>Default 4; 1 to 64.</value>
    [ConfigurationKeyName("TRANSCRIPTION_PARALLEL_CHUNKS"), Range(1, 64)]
    public int ParallelChunks { get; set; } = 4;

    /// <summary>Calls to providers that a worker has under way, over all its jobs. The chunks of jobs of higher priority come first.</summary>
    /// <value>Default 8; 1 to 256.</value>
    [ConfigurationKeyName("TRANSCRIPTION_MAX_CALLS"), Range(1, 256)]
    public int MaxCalls { get; set; } = 8;

    /// <summary>How often a chunk is sent to one provider that fails in a passing way, before the next provider or the job's own retry.</summary>
    /// <value>Default 3; 1 to 10.</value>
    [ConfigurationKeyName("TRANSCRIPTION_CHUNK_TRIES"), Range(1, 10)]
    public int ChunkTries { get; set; } = 3;

    /// <summary>The longest a chunk waits for a provider that asked to be left alone; what asks for longer is the job's own retry's to wait for.</summary>
    /// <value>Default 30 s; 0 to 5 min.</value>
    [ConfigurationKeyName("TRANSCRIPTION_CHUNK_PAUSE_MAX"), Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan MaxPause { get; set; } = TimeSpan.FromSeconds(30);
}
