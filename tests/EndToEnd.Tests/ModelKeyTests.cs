using System.Text;

namespace AiPlatform.EndToEnd.Tests;

/// <summary>Who holds a key that the file of models names.</summary>
public sealed class ModelKeyTests(WallSystem system)
{
    [Theory]
    [InlineData("api", false)]
    [InlineData("llm-worker", true)]
    [InlineData("transcription-worker", false)]
    [InlineData("infra-sidecar", false)]
    [InlineData("model-simulator", false)]
    public void Only_the_worker_that_calls_the_model_holds_its_key(string resource, bool holds)
    {
        var address = $"ASPNETCORE_URLS=http://localhost:{system.Address(resource).Port}";
        // The process, and the shell that ends it should its parent be killed.
        var environments = Directory.EnumerateDirectories("/proc").Select(Environment).Where(entries => entries.Contains(address)).ToList();
        Assert.NotEmpty(environments);
        Assert.All(environments, environment => Assert.Equal(holds, environment.Contains(WallSystem.KeyEntry)));
    }

    /// <summary>Empty for what is no process, or one that has ended meanwhile.</summary>
    static string[] Environment(string process)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(process, "environ"))).Split('\0');
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
