namespace AiPlatform.TranscriptionWorker.Audio.Temp;

/// <summary>The temp folder cannot be written or read. A type of its own, as a network that fails throws the same exceptions as a disk.</summary>
sealed class DiskException(string folder, Exception cause) : Exception($"{folder} cannot be used.", cause)
{
    const int NoSpaceLeft = 28;
    const int QuotaExceeded = 122;
    const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    const int WindowsDiskFull = unchecked((int)0x80070070);

    public AudioProblem Problem { get; } = IsFull(cause)
        ? AudioProblem.WantOfRoom($"The worker cannot keep the audio in {folder} (AUDIO_TEMP_DIR): the disk is full.")
        : AudioProblem.OfWorker(
            $"The worker cannot keep the audio in {folder} (AUDIO_TEMP_DIR): {(cause is UnauthorizedAccessException ? "it may not write there" : "it cannot be used as a folder, or its disk is broken")}.");

    static bool IsFull(Exception cause) =>
        cause is IOException && cause.HResult is NoSpaceLeft or QuotaExceeded or WindowsHandleDiskFull or WindowsDiskFull;

    public static bool IsOfDisk(Exception failure) => failure is IOException or UnauthorizedAccessException;
}
