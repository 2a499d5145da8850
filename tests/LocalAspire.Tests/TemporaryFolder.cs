namespace AiPlatform.LocalAspire.Tests;

sealed class TemporaryFolder : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("local-aspire-tests-");

    public TemporaryFolder() =>
        // The Postgres user must be able to walk through.
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)Convert.ToInt32("711", 8));

    public string Path => _folder.FullName;

    public string FilePath(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
