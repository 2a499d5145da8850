using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Runtime;

/// <summary>
/// Where data and logs live: under <c>.local/</c> of the repository when the AppHost runs from the console, and in a folder that is removed at
/// the end for everything else (tests, and servers without a data volume). <c>LOCAL_ASPIRE_HOME</c> names another folder than <c>.local/</c>.
/// </summary>
sealed class DataFolder(string appHostDirectory, string? home) : IDisposable
{
    const string TemporaryPrefix = "local-aspire-run-";

    readonly Lock _lock = new();
    FileStream? _keptLock;
    FileStream? _temporaryLock;
    string? _temporary;

    /// <summary>Set by Run: only then is anything kept.</summary>
    public bool Keeps { get; set; }

    /// <summary>Refuses a folder that another AppHost uses before anything is started in it.</summary>
    public void Claim()
    {
        if (Keeps)
            Kept();
    }

    public string Logs => Directory.CreateDirectory(Path.Combine(Keeps ? Kept() : Temporary(), "logs")).FullName;

    public string For(Resource resource)
    {
        var parent = Path.Combine(Keeps && resource.Plan.KeepsData ? Kept() : Temporary(), "data");
        return Path.Combine(Directory.CreateDirectory(parent).FullName, resource.Name);
    }

    public void Dispose()
    {
        if (_temporary is not null)
            Directory.Delete(_temporary, recursive: true);
        _temporaryLock?.Dispose();
        _keptLock?.Dispose();
    }

    string Kept()
    {
        lock (_lock)
        {
            var folder = Directory.CreateDirectory(home ?? Path.Combine(RepositoryRoot(), ".local")).FullName;
            _keptLock ??= TryLock(folder) ?? throw new DistributedApplicationException(
                $"Another AppHost of this clone is running and uses {folder}; stop it first, or work in a second clone.");
            return folder;
        }
    }

    string Temporary()
    {
        lock (_lock)
        {
            if (_temporary is not null)
                return _temporary;
            RemoveAbandoned();
            var folder = Directory.CreateTempSubdirectory(TemporaryPrefix).FullName;
            // Postgres runs as another user when this process is root, and must be able to walk through.
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            _temporaryLock = TryLock(folder);
            return _temporary = folder;
        }
    }

    /// <summary>A run that was killed could not remove its folder; its lock is free. The age spares a folder that is just being made.</summary>
    static void RemoveAbandoned()
    {
        var limit = TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-1);
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), TemporaryPrefix + "*"))
        {
            if (Directory.GetCreationTimeUtc(folder) > limit || TryLock(folder) is not { } held)
                continue;
            using (held)
                Directory.Delete(folder, recursive: true);
        }
    }

    static FileStream? TryLock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(appHostDirectory); folder is not null; folder = folder.Parent)
        {
            if (folder.EnumerateFileSystemInfos(".git").Any() || folder.EnumerateFiles("*.sln").Any())
                return folder.FullName;
        }
        return appHostDirectory;
    }
}
