namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>Finds a program the way a shell does.</summary>
static class Executable
{
    // Where WSL puts the Windows driver's tools, which its PATH leaves out.
    const string WslLibraries = "/usr/lib/wsl/lib";

    public static bool IsBareName(string configured) => !configured.Contains('/') && !configured.Contains('\\');

    /// <summary>The full path; null when there is no such file or it may not be executed.</summary>
    public static string? Find(string configured)
    {
        if (!IsBareName(configured))
            return IsExecutable(configured) ? Path.GetFullPath(configured) : null;

        var name = OperatingSystem.IsWindows() && !Path.HasExtension(configured) ? configured + ".exe" : configured;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Append(WslLibraries).Select(folder => Path.Combine(folder, name)).FirstOrDefault(IsExecutable);
    }

    static bool IsExecutable(string path)
    {
        if (!File.Exists(path))
            return false;
        if (OperatingSystem.IsWindows())
            return true;
        try
        {
            return (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Removed in the moment between, as an update of the driver does.
            return false;
        }
    }
}
