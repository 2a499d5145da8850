using System.Reflection;
using AiPlatform.ModelSimulator.Faults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Tests;

public sealed class SettingsTests
{
    [Fact]
    public void Every_bad_setting_is_in_the_one_message_that_stops_the_start()
    {
        var refused = Assert.Throws<OptionsValidationException>(() => SimulatorApp.Build(
            ["--SIMULATOR_MAX_RUNNING=many", "--SIMULATOR_FIRST_TOKEN_MS=-5", "--SIMULATOR_MODELS=", "--SIMULATOR_KV_BLOCKS=0"]));
        Assert.Equal(
            "ModelSimulator cannot start: SIMULATOR_MAX_RUNNING is 'many', which is not a whole number; "
            + "The field SIMULATOR_MODELS must be a string or array type with a minimum length of '1'.; "
            + "The field SIMULATOR_FIRST_TOKEN_MS must be between 0 and 600000.; "
            + "The field SIMULATOR_KV_BLOCKS must be between 1 and 1048576.",
            refused.Message);
    }

    [Theory]
    [InlineData("--SIMULATOR_KV_BLOCKS=10", "SIMULATOR_KV_BLOCKS 10 holds 160 tokens, fewer than SIMULATOR_MAX_MODEL_LEN 32768")]
    [InlineData("--SIMULATOR_MODELS=a,b,a", "SIMULATOR_MODELS, SIMULATOR_AUDIO_MODELS and SIMULATOR_EMBEDDING_MODELS name a more than once")]
    public void Settings_that_contradict_each_other_are_refused(string setting, string message)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => SimulatorApp.Build([setting]));
        Assert.Equal("ModelSimulator cannot start: " + message, refused.Message);
    }

    [Fact]
    public async Task The_readme_lists_every_setting_and_every_fault()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "README.md"), SimulatorServer.Cancelled);
        var settings = typeof(SimulatorOptions).GetProperties().Select(property => property.GetCustomAttribute<ConfigurationKeyNameAttribute>()!.Name);
        var faults = Enum.GetValues<FaultKind>().Select(FaultText.Name);
        Assert.Equal(settings.Concat(faults), readme.Split('\n')
            .Where(line => line.StartsWith("| `SIMULATOR_", StringComparison.Ordinal) || line.StartsWith("| fault `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1]));
    }

    [Fact]
    public void The_defaults_are_those_of_the_readme()
    {
        var defaults = new SimulatorOptions();
        Assert.Equal(["qwen2.5-14b"], defaults.Models);
        Assert.Equal(["mistralai/Voxtral-Small-24B-2507"], defaults.AudioModels);
        Assert.Equal(("BAAI/bge-m3", 1024), (Assert.Single(defaults.EmbeddingModels), defaults.EmbeddingDimensions));
        Assert.Equal((100, 12, 1, 16, 1000), (defaults.FirstTokenMs, defaults.InterTokenMs, defaults.LoadFactor, defaults.MaxRunning, defaults.MaxWaiting));
        Assert.Equal(
            (0, 0, 0, 8192, false), (defaults.FirstTokenStdDev, defaults.InterTokenStdDev, defaults.PrefillTokenMs, defaults.BatchTokens, defaults.PrefixCache));
        Assert.Equal(("sentence", null, null, null), (defaults.AnswerMode, defaults.FakeRunning, defaults.FakeWaiting, defaults.FakeKvUsage));
        Assert.Equal((1, 0, 0), (defaults.Seed, defaults.FailureRate, defaults.StartupMs));
        Assert.Empty(defaults.FailureTypes);
        Assert.Equal(("fcfs", 1, "own-ca", null), (defaults.SchedulingPolicy, defaults.WallTimeFactor, defaults.TlsCertificate, defaults.TlsCaFile));
        Assert.Equal((32_768, 16_384, 0, 1000, null), (defaults.MaxModelLen, defaults.KvBlocks, defaults.AnswerTokens, defaults.RequestLog, defaults.ApiKey));
    }
}
