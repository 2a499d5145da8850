namespace AiPlatform.ModelSimulator.Faults;

/// <summary>
/// A fault that waits for requests: for every model unless it names one, for chat and transcription unless it names a path.
/// <see cref="Left"/> counts the requests it will still hit; 0: all, until it is removed.
/// </summary>
sealed record ArmedFault(string Spec, Fault Fault, string? Model, string? Path, int Left)
{
    /// <summary>A probe or a list of models is hit only by a fault that names its path.</summary>
    public bool Hits(string path, string? model, bool named) =>
        (Path is null ? !named : string.Equals(Path, path, StringComparison.Ordinal))
        && (Model is null || string.Equals(Model, model, StringComparison.Ordinal));
}
