namespace AiPlatform.Api.Infra;

/// <summary>The tokens that the sidecars ask for. A file is read anew for each question: what mounts secrets also changes them.</summary>
sealed class SidecarTokens(ApiOptions options)
{
    const string Everyone = "*";

    /// <returns>The token of the file's line <c>name=token</c>, else the one that is common to all, else that of the setting; null for none.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not read the file.</exception>
    public async Task<string?> OfAsync(string sidecar, IReadOnlySet<string> sidecars, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(options.SidecarTokenFile))
            return options.SidecarToken;
        string? common = null;
        foreach (var line in await File.ReadAllLinesAsync(options.SidecarTokenFile, cancellationToken))
        {
            var text = line.Trim();
            if (text is "" or ['#', ..])
                continue;
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? "" : text[..equals].Trim();
            if (name == sidecar)
                return text[(equals + 1)..].Trim();
            // Whatever has another name in front is the token of a sidecar, if perhaps of one that is no longer configured: no other may learn it.
            if (name == Everyone)
                common ??= text[(equals + 1)..].Trim();
            else if (!sidecars.Contains(name) && !text.TrimEnd('=').Contains('=', StringComparison.Ordinal))
                common ??= text;
        }
        return common ?? options.SidecarToken;
    }
}
