using System.Text.Json.Serialization;

namespace AiPlatform.ServiceDefaults.Tests;

enum Level
{
    [JsonStringEnumMemberName("hi")]
    High,
    Normal,
    VeryLow,
}
