using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker.Configuration;

/// <summary>Which models there are and which jobs they run: what the configuration file says, or the environment where there is no file.</summary>
/// <param name="Groups">By name.</param>
/// <param name="Profiles">The name of a group by model profile; null for a profile whose jobs are taken only to be told that no provider is
/// configured.</param>
sealed record ModelConfig(IReadOnlyDictionary<string, ModelGroup> Groups, IReadOnlyDictionary<string, string?> Profiles)
{
    /// <summary>Those that a group uses, each once: first those of the group of jobs that name no profile.</summary>
    public IEnumerable<Provider> Providers => Groups.Values
        .OrderByDescending(group => group == GroupOf(CreateJob.DefaultProfile))
        .SelectMany(group => group.Deployments)
        .Select(deployment => deployment.Provider)
        .DistinctBy(provider => provider.Name);

    /// <summary>The group whose models run the jobs of a profile; null for none.</summary>
    public ModelGroup? GroupOf(string profile) =>
        Profiles.TryGetValue(profile, out var name) && name is not null ? Groups[name] : null;

    /// <summary>A group of one model, that of the provider the environment names, and one of the model that embeds, under that one's own name.</summary>
    public static ModelConfig FromEnvironment(LlmOptions options)
    {
        var provider = ProviderChoice.Of(options);
        var group = provider is null ? null : ModelGroup.OfOne(provider, options.EmbeddingModel);
        string?[] profiles = [CreateJob.DefaultProfile, options.Model, provider?.Model];
        var groups = new Dictionary<string, ModelGroup>();
        var named = new OrderedDictionary<string, string?>(
            profiles.OfType<string>().Distinct().Select(profile => KeyValuePair.Create(profile, group?.Name)), StringComparer.Ordinal);
        if (group is not null)
            groups.Add(group.Name, group);
        if (options.EmbeddingModel is { } embedder && named.TryAdd(embedder, provider is null ? null : embedder) && provider is not null
            && !groups.TryAdd(embedder, new ModelGroup(embedder, [new DeploymentConfig(provider with { Model = embedder })], [])))
        {
            // A model with the name of a provider.
            named[embedder] = group!.Name;
        }
        return new ModelConfig(groups, named);
    }
}

/// <summary>Models of which any may answer.</summary>
/// <param name="Deployments">At least one.</param>
/// <param name="Fallbacks">The groups that answer where none of these can, in their order.</param>
sealed record ModelGroup(string Name, IReadOnlyList<DeploymentConfig> Deployments, IReadOnlyList<string> Fallbacks)
{
    /// <summary>Models that embed in place of the others; null where the same are asked.</summary>
    public IReadOnlyList<DeploymentConfig>? Embedders { get; init; }

    /// <param name="embeddingModel">Null where it is the provider's model.</param>
    public static ModelGroup OfOne(Provider provider, string? embeddingModel) => new(provider.Name, [new DeploymentConfig(provider)], [])
    {
        Embedders = embeddingModel is null ? null : [new DeploymentConfig(provider with { Model = embeddingModel })],
    };
}

/// <summary>A model on a provider.</summary>
/// <param name="Provider">With the deployment's model.</param>
sealed record DeploymentConfig(Provider Provider)
{
    public const int UsualConcurrency = 16;

    /// <summary>OLLAMA_NUM_PARALLEL, unless somebody sets it.</summary>
    public const int OllamaConcurrency = 1;

    /// <summary>The longest prompt and answer together; null where it is not said.</summary>
    public int? MaxContextTokens { get; init; }

    /// <summary>Calls at a time that it handles well, where the configuration says so.</summary>
    public int? GivenConcurrency { get; init; }

    /// <summary>The same, as far as is known.</summary>
    public int Concurrency => GivenConcurrency ?? (Provider.Kind == ProviderKind.Ollama ? OllamaConcurrency : UsualConcurrency);
}
