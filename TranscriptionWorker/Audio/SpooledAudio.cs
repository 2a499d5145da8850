using AiPlatform.TranscriptionWorker.Audio.Temp;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>A job's audio as it came, on disk. Deletes its file on dispose.</summary>
/// <param name="sha256">Of its bytes, in lower-case hex.</param>
sealed class SpooledAudio(TempFile file, string sha256) : IDisposable
{
    public string Path => file.Path;

    public long Bytes => file.Length;

    public string Sha256 => sha256;

    /// <inheritdoc cref="TempFile.ReadAsync"/>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, long place, CancellationToken ct) => file.ReadAsync(buffer, place, ct);

    public void Dispose() => file.Dispose();
}
