namespace AiPlatform.LlmWorker.Tests;

/// <summary>A configuration file of its own.</summary>
sealed class ConfigFile : IDisposable
{
    public ConfigFile(string content) => File.WriteAllText(Path, content);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"llm-{Guid.NewGuid():N}.json");

    public void Write(string content) => File.WriteAllText(Path, content);

    public void Dispose() => File.Delete(Path);
}
