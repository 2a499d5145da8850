namespace AiPlatform.ServiceDefaults.Egress;

/// <summary>The hosts of a setting such as AUDIO_URL_ALLOWED_HOSTS.</summary>
/// <param name="entries">Each as <see cref="AllowedHost.TryParse"/> reads it; the setting's validation refuses others.</param>
public sealed class AllowedHosts(IReadOnlyList<string> entries)
{
    readonly IReadOnlyList<AllowedHost> _hosts =
        [.. entries.Select(entry => AllowedHost.TryParse(entry, out var host) ? host : null).OfType<AllowedHost>()];

    public bool Covers(string host, int port) => _hosts.Any(allowed => allowed.Covers(host, port));
}
