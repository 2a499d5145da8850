namespace Aspire.Hosting.Runtime;

static class ServerPackage
{
    /// <summary>The folder of the PATH that holds the program.</summary>
    public static string FolderOf(string program, string package)
    {
        var message = $"The {program} server was not found on this machine; on Debian or Ubuntu install it with: apt-get install {package}";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).FirstOrDefault(folder => File.Exists($"{folder}/{program}"))
            ?? throw new DistributedApplicationException(message, new FileNotFoundException(message));
    }
}
