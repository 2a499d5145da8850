using Microsoft.Win32.SafeHandles;

namespace AiPlatform.TranscriptionWorker.Audio.Temp;

/// <summary>A file of a job in hand: written once from its start to its end, then read anywhere. Its bytes count in the quota until it is disposed,
/// which deletes it.</summary>
sealed class TempFile : IDisposable
{
    readonly AudioTempFolder folder;
    readonly SafeFileHandle handle;
    bool disposed;

    public TempFile(AudioTempFolder folder, string path)
    {
        this.folder = folder;
        Path = path;
        handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, FileOptions.Asynchronous);
    }

    public string Path { get; }

    public long Length { get; private set; }

    /// <returns>False where the quota has no room for it; nothing is written then.</returns>
    /// <exception cref="DiskException">The disk is full or broken.</exception>
    public async ValueTask<bool> TryAppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        if (!folder.TryReserve(bytes.Length))
        {
            return false;
        }
        var place = Length;
        Length += bytes.Length;
        try
        {
            await RandomAccess.WriteAsync(handle, bytes, place, ct);
            return true;
        }
        catch (Exception failure) when (DiskException.IsOfDisk(failure))
        {
            throw new DiskException(folder.Shared, failure);
        }
    }

    /// <summary>Fills the buffer, but for what lies behind the end.</summary>
    /// <returns>Bytes read.</returns>
    /// <exception cref="DiskException">The disk is broken.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, long place, CancellationToken ct)
    {
        try
        {
            var total = 0;
            while (total < buffer.Length && await RandomAccess.ReadAsync(handle, buffer[total..], place + total, ct) is > 0 and var read)
            {
                total += read;
            }
            return total;
        }
        catch (Exception failure) when (DiskException.IsOfDisk(failure))
        {
            throw new DiskException(folder.Shared, failure);
        }
    }

    public void Dispose()
    {
        if (disposed)
        {
            return;
        }
        disposed = true;
        handle.Dispose();
        try
        {
            File.Delete(Path);
        }
        catch (DirectoryNotFoundException)
        {
            // Its folder was taken away, and the file with it.
        }
        finally
        {
            folder.Release(Length);
        }
    }
}
