namespace AiPlatform.Telemetry.Tests;

/// <summary>Words that are easy to find: what no log, span, metric or error may show.</summary>
static class Secrets
{
    public const string Token = "marked-token-of-the-service";
    public const string ModelKey = "marked-key-of-the-model";
    public const string CallbackKey = "whsec_bWFya2VkLXNlY3JldC1vZi1jYWxsYmFja3M=";
    public const string DatabasePassword = "marked-password-of-postgres";
    public const string RedisPassword = "marked-password-of-redis";
    public const string SidecarToken = "marked-token-of-the-sidecar";
    public const string ExporterKey = "marked-key-of-the-collector";
    public const string Prompt = "marked-words-of-the-prompt";
    public const string Spoken = "marked-words-of-the-recording";
    public const string AudioToken = "marked-token-of-the-audio";
    public const string ReceiverToken = "marked-token-of-the-receiver";
    public const string Result = "marked-words-of-a-result";

    public static readonly IReadOnlyList<string> All =
    [
        Token, ModelKey, CallbackKey["whsec_".Length..], DatabasePassword, RedisPassword, SidecarToken, ExporterKey, Prompt, Spoken, AudioToken, ReceiverToken, Result,
    ];

    /// <summary>Those of them that the texts have.</summary>
    public static IEnumerable<string> FoundIn(string text) => All.Where(secret => text.Contains(secret, StringComparison.Ordinal));
}
