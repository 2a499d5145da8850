namespace Aspire.Hosting.Runtime;

/// <summary>Finds the server programs of the machine's packages.</summary>
static class ServerPackage
{
    const string DebianPostgres = "/usr/lib/postgresql";

    /// <summary>The newest Postgres, or the one that wrote existing data: no version reads another's files.</summary>
    public static string FindPostgres(string? dataVersion)
    {
        // Debian keeps the server off the PATH, one folder per version.
        var folders = Directory.Exists(DebianPostgres)
            ? Directory.EnumerateDirectories(DebianPostgres)
                .Where(folder => File.Exists($"{folder}/bin/postgres") && (dataVersion is null || Path.GetFileName(folder) == dataVersion))
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var version) ? version : 0)
                .Select(folder => $"{folder}/bin")
            : [];
        return folders.Concat(SearchPath().Where(folder => File.Exists($"{folder}/postgres"))).FirstOrDefault()
            ?? throw Missing(dataVersion is null ? "PostgreSQL" : $"PostgreSQL {dataVersion} (which wrote the existing data)", "postgresql");
    }

    public static string FindRedis() =>
        SearchPath().Select(folder => $"{folder}/redis-server").FirstOrDefault(File.Exists) ?? throw Missing("Redis", "redis-server");

    static string[] SearchPath() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    static DistributedApplicationException Missing(string server, string package)
    {
        var message = $"The {server} server was not found on this machine; on Debian or Ubuntu install it with: apt-get install {package}";
        return new DistributedApplicationException(message, new FileNotFoundException(message));
    }
}
