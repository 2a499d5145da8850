using Microsoft.Extensions.Configuration;

namespace AiPlatform.ServiceDefaults.Tests;

sealed class EveryType
{
    [ConfigurationKeyName("T_TEXT")]
    public string Text { get; set; } = "default";

    [ConfigurationKeyName("T_WHOLE")]
    public int Whole { get; set; } = 1;

    [ConfigurationKeyName("T_LONG")]
    public long Long { get; set; } = 2;

    [ConfigurationKeyName("T_NUMBER")]
    public double Number { get; set; } = 0.5;

    [ConfigurationKeyName("T_FLAG")]
    public bool Flag { get; set; } = true;

    [ConfigurationKeyName("T_DURATION")]
    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(3);

    [ConfigurationKeyName("T_ADDRESS")]
    public Uri? Address { get; set; }

    [ConfigurationKeyName("T_LEVEL")]
    public Level Level { get; set; } = Level.Normal;

    [ConfigurationKeyName("T_NAMES")]
    public IReadOnlyList<string> Names { get; set; } = ["default"];

    [ConfigurationKeyName("T_ADDRESSES")]
    public IReadOnlyList<Uri> Addresses { get; set; } = [];

    [ConfigurationKeyName("T_OPTIONAL")]
    public int? Optional { get; set; }

    public string NotASetting { get; set; } = "untouched";
}
