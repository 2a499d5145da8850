namespace AiPlatform.AppHost;

/// <summary>A value from outside: an Aspire parameter that reaches services under the name of an environment variable.</summary>
/// <param name="File">Of a secret: the path of a file that holds it instead, under the variable's name with <c>_FILE</c>.</param>
sealed record Setting(string Variable, IResourceBuilder<ParameterResource> Parameter, bool IsConfigured, Setting? File = null)
{
    public bool IsSecret => Parameter.Resource.Secret;

    /// <summary>Its own text, else that of its file; null where there is none.</summary>
    public async Task<string?> TextAsync(CancellationToken cancellationToken)
    {
        var text = await Parameter.Resource.GetValueAsync(cancellationToken);
        if (string.IsNullOrEmpty(text) && File is { IsConfigured: true } && await File.Parameter.Resource.GetValueAsync(cancellationToken) is { Length: > 0 } path)
            text = (await System.IO.File.ReadAllTextAsync(path, cancellationToken)).Trim();
        return string.IsNullOrEmpty(text) ? null : text;
    }
}
