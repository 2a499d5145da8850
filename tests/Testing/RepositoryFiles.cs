namespace AiPlatform.Testing;

/// <summary>Files of the repository that tests are run from, found from the folder of their output.</summary>
public static class RepositoryFiles
{
    static readonly string _root = Root();

    public static string PathOf(string path) => Path.Combine(_root, path);

    public static string Read(string path) => File.ReadAllText(PathOf(path));

    static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "AiPlatform.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"AiPlatform.sln is in no folder above {AppContext.BaseDirectory}.");
    }
}
