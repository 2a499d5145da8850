using System.Text;

namespace AiPlatform.EndToEnd.Tests;

/// <summary>Who holds which of the secrets that whoever starts the system has exported; <c>WALL_MODEL_KEY</c> is a key that the file of models names.</summary>
public sealed class ExportedSecretTests(WallSystem system)
{
    [Theory]
    [InlineData("api", "AI_SERVICE_TOKEN", "INFRA_SIDECAR_TOKEN")]
    [InlineData("llm-worker", "WALL_MODEL_KEY")]
    [InlineData("transcription-worker")]
    [InlineData("infra-sidecar", "INFRA_SIDECAR_TOKEN")]
    [InlineData("model-simulator")]
    public void A_process_holds_the_secrets_that_it_needs_and_no_others(string resource, params string[] secrets)
    {
        var address = $"ASPNETCORE_URLS=http://localhost:{system.Address(resource).Port}";
        // The process, and the shell that ends it should its parent be killed.
        var environments = Directory.EnumerateDirectories("/proc").Select(Environment).Where(entries => entries.Contains(address)).ToList();
        Assert.NotEmpty(environments);
        Assert.All(environments, environment =>
            Assert.Equal(secrets.Order(), WallSystem.Exported.Where(variable => environment.Contains(WallSystem.EntryOf(variable))).Order()));
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
