namespace AiPlatform.Api.Infra;

/// <summary>The tokens that the sidecars ask for. A file is read anew for each question: what mounts secrets also changes them.</summary>
sealed class SidecarTokens(ApiOptions options)
{
    /// <returns>The token of the file's line <c>name=token</c>, else of its line without a name, else of the setting; null for none.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not read the file.</exception>
    public async Task<string?> OfAsync(string sidecar, IReadOnlySet<string> sidecars, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(options.SidecarTokenFile))
            return options.SidecarToken;
        string? common = null;
        foreach (var line in await File.ReadAllLinesAsync(options.SidecarTokenFile, cancellationToken))
        {
            // A token may hold "=" too: only a name that is configured makes a line one of a sidecar.
            var text = line.Trim();
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            var name = equals > 0 ? text[..equals].Trim() : "";
            if (name == sidecar)
                return text[(equals + 1)..].Trim();
            if (text.Length > 0 && !sidecars.Contains(name))
                common ??= text;
        }
        return common ?? options.SidecarToken;
    }
}
