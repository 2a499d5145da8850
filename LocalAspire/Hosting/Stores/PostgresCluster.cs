using System.Security.Cryptography;
using System.Text;

namespace Aspire.Hosting.Runtime;

/// <summary>A folder with a Postgres data folder and its password, made once, and the server that runs on it.</summary>
sealed class PostgresCluster(string place)
{
    /// <summary>The superuser of the database, and the unix user that runs the server when this process is root, which Postgres refuses.</summary>
    public const string UserName = "postgres";

    const string DebianPackage = "/usr/lib/postgresql";

    static readonly TimeSpan _predecessorLimit = TimeSpan.FromSeconds(10);
    static readonly bool _isRoot = Environment.IsPrivilegedProcess;
    static readonly string[] _asServerUser = _isRoot ? ["setpriv", $"--reuid={UserName}", $"--regid={UserName}", "--clear-groups"] : [];

    readonly string _folder = _isRoot && !OthersCanEnter(Path.GetDirectoryName(place)!) ? OutsideOf(place) : place;

    string Data => Path.Combine(_folder, "data");

    /// <summary>Makes the cluster when it is not there yet. Returns the password it was made with, which is kept beside the data.</summary>
    public async Task<string> CreateAsync(string password, CancellationToken cancellationToken)
    {
        if (Directory.Exists(_folder))
        {
            await WaitForPredecessorAsync(cancellationToken);
            return await File.ReadAllTextAsync(Path.Combine(_folder, "password"), cancellationToken);
        }
        // Made aside and renamed, so that an interrupted initdb leaves no half cluster behind.
        var aside = $"{_folder}.new";
        if (Directory.Exists(aside))
            Directory.Delete(aside, recursive: true);
        Directory.CreateDirectory(aside, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var secret = Path.Combine(aside, "password");
        await File.WriteAllTextAsync(secret, password, cancellationToken);
        if (_isRoot)
            await Command.RunAsync(new(["chown", "--recursive", $"{UserName}:{UserName}", aside], "/"), cancellationToken);
        string[] initdb =
        [
            .. _asServerUser, $"{Programs()}/initdb", "--pgdata", Path.Combine(aside, "data"), "--username", UserName, "--pwfile", secret,
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
        ];
        await Command.RunAsync(new(initdb, aside), cancellationToken);
        Directory.Move(aside, _folder);
        return password;
    }

    public ProcessStart Server(int port, IReadOnlyList<string> arguments)
    {
        var version = File.ReadAllText(Path.Combine(Data, "PG_VERSION")).Trim();
        string[] settings =
        [
            "listen_addresses=127.0.0.1",
            $"port={port}",
            // A socket path must stay under 108 bytes, which a deep clone would break; TCP serves everyone.
            "unix_socket_directories=",
            // Several services, replicas and test classes each bring a pool.
            "max_connections=400",
        ];
        string[] server = [.. _asServerUser, $"{Programs(version)}/postgres", "-D", Data, .. settings.SelectMany(setting => (string[])["-c", setting]), .. arguments];
        // SIGINT is the fast shutdown: it does not wait for clients to leave.
        return new ProcessStart(server, Data) { StopSignal = Signal.Int };
    }

    /// <summary>After a killed AppHost its Postgres may still be writing its last checkpoint.</summary>
    async Task WaitForPredecessorAsync(CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (PredecessorLives() && TimeProvider.System.GetElapsedTime(start) < _predecessorLimit)
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
    }

    bool PredecessorLives()
    {
        try
        {
            return Directory.Exists($"/proc/{File.ReadLines(Path.Combine(Data, "postmaster.pid")).FirstOrDefault()}");
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>The newest Postgres, or the one that wrote existing data: no version reads another's files.</summary>
    static string Programs(string? version = null)
    {
        // Debian keeps the server off the PATH, one folder per version.
        var folders = Directory.Exists(DebianPackage) ? Directory.GetDirectories(DebianPackage, version ?? "*") : [];
        return folders.OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var number) ? number : 0)
            .Select(folder => $"{folder}/bin")
            .FirstOrDefault(folder => File.Exists($"{folder}/postgres")) ?? ServerPackage.FolderOf("postgres", "postgresql");
    }

    static bool OthersCanEnter(string folder)
    {
        for (var parent = new DirectoryInfo(folder); parent is not null; parent = parent.Parent)
        {
            if (!parent.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
                return false;
        }
        return true;
    }

    /// <summary>A clone below a private home folder such as /root cannot be entered by the server's user.</summary>
    static string OutsideOf(string folder)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..16];
        return Path.Combine(Directory.CreateDirectory("/var/lib/local-aspire").FullName, $"{hash}-{Path.GetFileName(folder)}");
    }
}
