namespace AiPlatform.TranscriptionWorker.Audio.Temp;

/// <summary>The temp folder cannot be written or read. A type of its own, as a network that fails throws the same exceptions as a disk.</summary>
sealed class DiskException(string folder, Exception cause) : Exception($"{folder} cannot be used.", cause)
{
    public AudioProblem Problem { get; } = AudioProblem.OfWorker(
        $"The worker cannot keep the audio in {folder} (AUDIO_TEMP_DIR): {(cause is UnauthorizedAccessException ? "it may not write there" : "the disk is full or broken")}.");

    public static bool IsOfDisk(Exception failure) => failure is IOException or UnauthorizedAccessException;
}
