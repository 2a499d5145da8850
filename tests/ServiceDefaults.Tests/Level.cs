using System.Text.Json.Serialization;

namespace AiPlatform.ServiceDefaults.Tests;

internal enum Level
{
    [JsonStringEnumMemberName("hi")]
    High,
    Normal,
    VeryLow,
}
