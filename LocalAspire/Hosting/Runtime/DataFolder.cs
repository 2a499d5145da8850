namespace Aspire.Hosting.Runtime;

/// <summary>
/// Where data and logs live: in the kept folder (<c>.local/</c> of the repository) when the AppHost runs from the console, and in one that is removed
/// at the end for everything else (tests, and servers without a data volume).
/// </summary>
sealed class DataFolder(string kept) : IDisposable
{
    readonly Lazy<string> _temporary = new(CreateTemporary);
    FileStream? _lock;

    string Kept => _lock is null ? _temporary.Value : kept;

    public string Logs => Directory.CreateDirectory(Path.Combine(Kept, "logs")).FullName;

    /// <summary>From now on logs are kept, and the data of those who ask for it. Refuses a folder that another AppHost uses.</summary>
    public void Keep()
    {
        var folder = Directory.CreateDirectory(kept).FullName;
        try
        {
            _lock = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new DistributedApplicationException(
                $"Another AppHost of this clone is running and uses {folder}; stop it first, or work in a second clone.", exception);
        }
    }

    public string For(Resource resource) => Path.GetFullPath(Path.Combine(resource.KeepsData ? Kept : _temporary.Value, resource.Name));

    public void Dispose()
    {
        if (_temporary.IsValueCreated)
            Directory.Delete(_temporary.Value, recursive: true);
        _lock?.Dispose();
    }

    static string CreateTemporary()
    {
        var folder = Directory.CreateTempSubdirectory("local-aspire-run-").FullName;
        // Postgres runs as another user when this process is root, and must be able to walk through.
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return folder;
    }
}
