namespace AiPlatform.LlmWorker.Tests;

/// <summary>A file of the repository, found from the folder the tests run in.</summary>
static class RepositoryFile
{
    public static string Read(params string[] path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Path.Combine([folder.FullName, .. path]) is var file && File.Exists(file))
            {
                return File.ReadAllText(file);
            }
        }
        throw new FileNotFoundException(string.Join('/', path));
    }
}
