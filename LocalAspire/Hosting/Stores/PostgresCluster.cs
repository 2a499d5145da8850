using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Aspire.Hosting.Runtime;

/// <summary>A Postgres data folder, made once, and the server that runs on it.</summary>
sealed class PostgresCluster
{
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const string UserName = "postgres";

    static readonly TimeSpan _predecessorLimit = TimeSpan.FromSeconds(15);

    readonly string _folder;
    readonly string _passwordFile;

    public PostgresCluster(string folder)
    {
        _folder = IsRoot && !OthersCanEnter(Path.GetDirectoryName(folder)!) ? OutsideOf(folder) : folder;
        _passwordFile = $"{_folder}.password";
    }

    // Postgres refuses to run as root.
    static bool IsRoot => Environment.IsPrivilegedProcess;

    static string[] AsServerUser => IsRoot ? ["setpriv", $"--reuid={UserName}", $"--regid={UserName}", "--clear-groups"] : [];

    /// <summary>Makes the cluster when it is not there yet. Returns the password it was made with, which is kept beside the data.</summary>
    public async Task<string> CreateAsync(string superuser, string password, CancellationToken cancellationToken)
    {
        if (File.Exists(Path.Combine(_folder, "PG_VERSION")))
        {
            await WaitForPredecessorAsync(cancellationToken);
            return await File.ReadAllTextAsync(_passwordFile, cancellationToken);
        }
        await WriteSecretAsync(_passwordFile, password, cancellationToken);
        // Made aside and renamed, so that an interrupted initdb leaves no half cluster behind.
        var aside = $"{_folder}.new";
        var secret = Path.Combine(aside, "secret");
        if (Directory.Exists(aside))
            Directory.Delete(aside, recursive: true);
        Directory.CreateDirectory(aside);
        await WriteSecretAsync(secret, password, cancellationToken);
        Own(aside);
        Own(secret);
        await Command.RunAsync(
            new ProcessStart(
                [
                    .. AsServerUser, $"{ServerPackage.FindPostgres(null)}/initdb", "--pgdata", Path.Combine(aside, "data"), "--username", superuser,
                    "--pwfile", secret, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
                ],
                aside),
            cancellationToken);
        Directory.Move(Path.Combine(aside, "data"), _folder);
        Directory.Delete(aside, recursive: true);
        return password;
    }

    public ProcessStart Server(int port)
    {
        var version = File.ReadAllText(Path.Combine(_folder, "PG_VERSION")).Trim();
        string[] settings =
        [
            "listen_addresses=127.0.0.1",
            $"port={port}",
            // A socket path must stay under 108 bytes, which a deep clone would break; TCP serves everyone.
            "unix_socket_directories=",
            // Several services, replicas and test classes each bring a pool.
            "max_connections=200",
        ];
        return new ProcessStart(
            [
                .. AsServerUser, $"{ServerPackage.FindPostgres(version)}/postgres", "-D", _folder,
                .. settings.SelectMany(setting => (string[])["-c", setting]),
            ],
            _folder)
        {
            // SIGINT is the fast shutdown: it does not wait for clients to leave.
            StopSignal = Signal.Int,
        };
    }

    /// <summary>After a killed AppHost its Postgres may still be writing its last checkpoint.</summary>
    async Task WaitForPredecessorAsync(CancellationToken cancellationToken)
    {
        var pidFile = Path.Combine(_folder, "postmaster.pid");
        var deadline = TimeProvider.System.GetTimestamp();
        while (File.Exists(pidFile) && TimeProvider.System.GetElapsedTime(deadline) < _predecessorLimit
            && int.TryParse(File.ReadLines(pidFile).FirstOrDefault(), CultureInfo.InvariantCulture, out var id) && SignalSender.Exists(id))
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
    }

    static async Task WriteSecretAsync(string file, string text, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
        await using var stream = new FileStream(file, options);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
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

    static void Own(string path)
    {
        if (!IsRoot)
            return;
        var ids = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).FirstOrDefault(fields => fields[0] == UserName)
            ?? throw new DistributedApplicationException(
                $"There is no unix user '{UserName}' to run PostgreSQL as; it comes with the server's package.");
        if (Chown(path, uint.Parse(ids[2], CultureInfo.InvariantCulture), uint.Parse(ids[3], CultureInfo.InvariantCulture)) != 0)
            throw new DistributedApplicationException(
                $"{path} could not be given to the unix user '{UserName}' (error {Marshal.GetLastPInvokeError()}).");
    }

    [DllImport("libc", EntryPoint = "chown", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    static extern int Chown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint user, uint group);
}
