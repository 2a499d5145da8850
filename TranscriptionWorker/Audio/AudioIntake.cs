using System.Security.Cryptography;
using AiPlatform.TranscriptionWorker.Audio.Temp;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>Audio while it comes: counted, and hashed on the way. Unless it came to its end, its file goes with it.</summary>
sealed class AudioIntake(AudioTempFolder folder, int mostMegabytes) : IDisposable
{
    readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    readonly TempFile file = folder.Create();
    bool isEnded;

    /// <returns>Null, or why no more is taken.</returns>
    /// <exception cref="DiskException">The disk is full or broken.</exception>
    public async ValueTask<AudioProblem?> AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        if (file.Length + bytes.Length > mostMegabytes * 1024L * 1024)
        {
            return AudioProblem.TooLarge(null, mostMegabytes);
        }
        hash.AppendData(bytes.Span);
        return await file.TryAppendAsync(bytes, ct) ? null : folder.NoRoom();
    }

    public SpooledAudio End()
    {
        isEnded = true;
        return new SpooledAudio(file, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    public void Dispose()
    {
        hash.Dispose();
        if (!isEnded)
        {
            file.Dispose();
        }
    }
}
