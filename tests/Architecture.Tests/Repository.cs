using System.Runtime.CompilerServices;

namespace AiPlatform.Architecture.Tests;

/// <summary>The files of the repository, found from this file's own place.</summary>
static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "..", ".."));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Source files by ending, relative to the root, without build output.</summary>
    public static IEnumerable<string> Files(string ending) => Directory
        .EnumerateFiles(Root, "*" + ending, SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Root, path))
        .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "artifacts" or "bin" or "obj" or ".local" or ".git"))
        .Order(StringComparer.Ordinal);

    static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
