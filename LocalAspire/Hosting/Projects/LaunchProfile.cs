using System.Text.Json;

namespace Aspire.Hosting.Runtime;

/// <summary>The part of a project's launchSettings.json that Aspire applies.</summary>
sealed record LaunchProfile(string Name, Dictionary<string, string> Environment)
{
    static readonly JsonDocumentOptions _format = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The profile named like the AppHost's own, else the first that starts the project; null without launch settings.</summary>
    public static LaunchProfile? Choose(string projectPath, string? appHostProfile)
    {
        var file = Path.Combine(Path.GetDirectoryName(projectPath)!, "Properties", "launchSettings.json");
        if (!File.Exists(file))
            return null;
        using var settings = JsonDocument.Parse(File.ReadAllText(file), _format);
        var profiles = settings.RootElement.GetProperty("profiles").EnumerateObject()
            .Where(profile => profile.Value.TryGetProperty("commandName", out var command) && command.ValueEquals("Project"))
            .ToList();
        if (profiles.Count == 0)
            return null;
        var chosen = profiles.FindIndex(profile => profile.Name == appHostProfile) is var index and >= 0 ? profiles[index] : profiles[0];
        if (chosen.Value.TryGetProperty("applicationUrl", out var url))
            throw new DistributedApplicationException(
                $"{file} has applicationUrl {url}, which LocalAspire does not read; declare the endpoint with WithHttpEndpoint instead.");
        var environment = chosen.Value.TryGetProperty("environmentVariables", out var variables)
            ? variables.EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value.GetString() ?? "")
            : [];
        return new(chosen.Name, environment);
    }
}
