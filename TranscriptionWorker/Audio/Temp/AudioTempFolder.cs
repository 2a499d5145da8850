using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Audio.Temp;

/// <summary>
/// The folder of this process for audio that is worked on, and how much of its quota is in use. Beside its files lies <c>lock</c>, which the process
/// holds open for itself alone as long as it lives: however it ends, the system opens it again, and so another knows that what lies there is nobody's.
/// </summary>
sealed class AudioTempFolder : IDisposable
{
    const string OwnPrefix = "worker-";
    const string LockName = "lock";
    const int Attempts = 100;

    readonly Lock making = new();
    (string Path, FileStream Lock)? own;
    long used;

    public AudioTempFolder(IOptions<AudioOptions> options)
    {
        MostMegabytes = options.Value.TempMegabytes;
        Shared = Path.GetFullPath(options.Value.TempFolder ?? Path.Combine(Path.GetTempPath(), "aiplatform-audio"));
    }

    /// <summary>Where every worker has its folder.</summary>
    public string Shared { get; }

    public int MostMegabytes { get; }

    /// <summary>Bytes that all files hold, or are about to.</summary>
    public long Used => Interlocked.Read(ref used);

    /// <exception cref="DiskException">The folder cannot be made or written.</exception>
    public TempFile Create()
    {
        try
        {
            return new TempFile(this, Path.Combine(Own(), Guid.NewGuid().ToString("N")));
        }
        catch (Exception failure) when (DiskException.IsOfDisk(failure))
        {
            throw new DiskException(Shared, failure);
        }
    }

    /// <returns>False where there is no room.</returns>
    public bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref used, bytes) <= MostMegabytes * 1024L * 1024)
        {
            return true;
        }
        Release(bytes);
        return false;
    }

    public void Release(long bytes) => Interlocked.Add(ref used, -bytes);

    public AudioProblem NoRoom() => AudioProblem.WantOfRoom(
        $"The worker has no room for the audio now: its jobs in hand fill the {MostMegabytes} MiB (AUDIO_TEMP_MAX_MB) that it may use.");

    /// <summary>Of audio that has the room to itself and still finds too little, waiting does not help.</summary>
    /// <param name="own">Bytes that the refused one still holds itself.</param>
    public AudioProblem Judged(AudioProblem problem, long own) => problem with { IsWantOfRoom = problem.IsWantOfRoom && Used > own };

    /// <summary>Removes the folders of workers that are no more.</summary>
    /// <returns>How many.</returns>
    public int SweepOrphans() => Directory.Exists(Shared) ? Directory.GetDirectories(Shared, OwnPrefix + "*").Count(TryRemove) : 0;

    public void Dispose()
    {
        if (own is var (path, held))
        {
            Remove(path, held);
        }
    }

    string Own()
    {
        lock (making)
        {
            // Whoever tidies temporary files may have taken it away.
            if (own is var (_, held) && !File.Exists(held.Name))
            {
                held.Dispose();
                own = null;
            }
            return (own ??= MakeOwn()).Path;
        }
    }

    (string Path, FileStream Lock) MakeOwn()
    {
        for (var attempt = 1; ; attempt++)
        {
            var path = Path.Combine(Shared, OwnPrefix + Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(path);
            try
            {
                var held = Hold(path, FileMode.CreateNew);
                // A sweep that came between the making of the file and its lock has taken both away.
                if (File.Exists(held.Name))
                {
                    return (path, held);
                }
                held.Dispose();
            }
            catch (IOException) when (attempt < Attempts)
            {
                // As above, or that sweep holds the lock.
            }
        }
    }

    static FileStream Hold(string path, FileMode mode) => new(Path.Combine(path, LockName), mode, FileAccess.ReadWrite, FileShare.None);

    static bool TryRemove(string path)
    {
        try
        {
            Remove(path, Hold(path, FileMode.Open));
            return true;
        }
        catch (FileNotFoundException)
        {
            return TryRemoveEmpty(path);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Its worker lives, or another sweep was faster.
            return false;
        }
    }

    /// <summary>Of a worker that died before it made its lock; one that is about to make it finds no folder and makes another.</summary>
    static bool TryRemoveEmpty(string path)
    {
        try
        {
            Directory.Delete(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    static void Remove(string path, FileStream held)
    {
        using (held)
        {
            // While the lock is held, or a worker could take a folder that is about to go. Windows deletes no open file.
            if (!OperatingSystem.IsWindows())
            {
                Delete(path);
            }
        }
        if (OperatingSystem.IsWindows())
        {
            Delete(path);
        }
    }

    static void Delete(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // A sweep found it empty in the middle of this.
        }
    }
}
