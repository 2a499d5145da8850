namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>The hosts of AUDIO_URL_ALLOWED_HOSTS.</summary>
sealed class AllowedHosts(IReadOnlyList<string> entries)
{
    // Entries that are no host stopped the start.
    readonly IReadOnlyList<AllowedHost> hosts =
        [.. entries.Select(entry => AllowedHost.TryParse(entry, out var host) ? host : null).OfType<AllowedHost>()];

    public bool Covers(string host, int port) => hosts.Any(allowed => allowed.Covers(host, port));
}
