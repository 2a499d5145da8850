using System.Text.Json;
using System.Text.RegularExpressions;
using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker.Configuration;

/// <summary>Reads the whole file: its providers, then the groups made of them, then the profiles that lead to groups.</summary>
sealed partial class ModelConfigReader(LlmOptions options, Func<string, string?> variables, List<string> errors)
{
    const int MostName = 128;

    public ModelConfig? Read(JsonElement root)
    {
        var file = new ConfigNode("", root, errors);
        if (!file.IsObject("$schema", "providers", "groups", "profiles", "fallbacks"))
        {
            return null;
        }
        var providers = Providers(file);
        var groups = Groups(file, providers);
        var profiles = Profiles(file, groups);
        Fallbacks(file, groups);
        if (Active(providers, groups, profiles) is not { } active)
        {
            return null;
        }
        groups.TryAdd(active.Name, active);
        profiles[CreateJob.DefaultProfile] = active.Name;
        return new ModelConfig(groups, profiles);
    }

    OrderedDictionary<string, Provider> Providers(ConfigNode file)
    {
        if (file.Field("providers") is not { } node)
        {
            file.Missing("providers", "at least one is expected");
            return [];
        }
        var reader = new ProviderReader(options, variables);
        var members = node.Members(ProviderName.IsMatch, "letters, digits, '.', '_' and '-' are expected, at most 64");
        if (members.Count == 0 && node.IsObject())
        {
            node.Wrong("at least one provider is expected");
        }
        // Each of them is read, for its errors.
        var read = members.Select(member => (member.Name, Provider: reader.Read(member.Name, member.Node))).ToList();
        return new OrderedDictionary<string, Provider>(
            read.Where(member => member.Provider is not null).Select(member => KeyValuePair.Create(member.Name, member.Provider!)), StringComparer.Ordinal);
    }

    static OrderedDictionary<string, ModelGroup> Groups(ConfigNode file, OrderedDictionary<string, Provider> providers)
    {
        OrderedDictionary<string, ModelGroup> groups = new(StringComparer.Ordinal);
        foreach (var (name, node) in Named(file, "groups"))
        {
            if (!node.IsObject("deployments"))
            {
                continue;
            }
            if (node.Field("deployments") is not { } list)
            {
                node.Missing("deployments", "a list of objects with 'provider' and, if wanted, 'model' is expected");
                continue;
            }
            var deployments = list.Items("a list of at least one object with 'provider' is expected").Select(item => Deployment(item, providers)).ToList();
            groups[name] = new ModelGroup(name, [.. deployments.OfType<DeploymentConfig>()], []);
        }
        return groups;
    }

    static DeploymentConfig? Deployment(ConfigNode node, OrderedDictionary<string, Provider> providers)
    {
        if (!node.IsObject("provider", "model", "max_context_tokens", "concurrency"))
        {
            return null;
        }
        var model = node.Text("model", MostName);
        var context = node.Whole("max_context_tokens", 1, 100_000_000);
        var concurrency = node.Whole("concurrency", 1, 10_000);
        if (node.Field("provider") is not { } field)
        {
            node.Missing("provider", "the name of one of the providers is expected");
            return null;
        }
        if (field.Text(MostName) is not { } name)
        {
            return null;
        }
        if (!providers.TryGetValue(name, out var provider))
        {
            field.Wrong($"one of the providers is expected: {Listed(providers.Keys)}");
            return null;
        }
        return new DeploymentConfig(provider with { Model = model ?? provider.Model })
        {
            MaxContextTokens = context,
            GivenConcurrency = concurrency,
        };
    }

    static void Fallbacks(ConfigNode file, OrderedDictionary<string, ModelGroup> groups)
    {
        foreach (var (name, node) in Named(file, "fallbacks"))
        {
            var others = groups.Keys.Where(group => group != name).ToList();
            if (!groups.TryGetValue(name, out var group))
            {
                node.Wrong($"'{name}' is none of the groups: {Listed(groups.Keys)}");
                continue;
            }
            List<string> fallbacks = [];
            foreach (var item in node.Items("a list of groups is expected"))
            {
                if (item.Text(MostName) is not { } other)
                {
                    continue;
                }
                if (!others.Contains(other) || fallbacks.Contains(other))
                {
                    item.Wrong($"another group is expected: {Listed(others.Except(fallbacks))}");
                }
                fallbacks.Add(other);
            }
            groups[name] = group with { Fallbacks = fallbacks };
        }
    }

    /// <summary>Every group is a profile of its own name; <c>profiles</c> adds others.</summary>
    static OrderedDictionary<string, string?> Profiles(ConfigNode file, OrderedDictionary<string, ModelGroup> groups)
    {
        OrderedDictionary<string, string?> profiles = new(StringComparer.Ordinal) { [CreateJob.DefaultProfile] = null };
        foreach (var group in groups.Keys)
        {
            profiles[group] = group;
        }
        foreach (var (name, node) in Named(file, "profiles"))
        {
            if (node.Text(MostName) is not { } group)
            {
                continue;
            }
            if (!groups.ContainsKey(group))
            {
                node.Wrong($"one of the groups is expected: {Listed(groups.Keys)}");
            }
            profiles[name] = group;
        }
        return profiles;
    }

    /// <summary>The group of jobs that name no profile: of the provider that the environment chooses, else what the file says, else the first.</summary>
    ModelGroup? Active(
        OrderedDictionary<string, Provider> providers, OrderedDictionary<string, ModelGroup> groups, OrderedDictionary<string, string?> profiles)
    {
        var chosen = options.BaseUrl is { } address ? ProviderChoice.NameOf(address) : options.Provider;
        if (chosen is not null)
        {
            if (providers.TryGetValue(chosen, out var provider))
            {
                return GroupOf(provider);
            }
            if (options.BaseUrl is not null || ProviderChoice.IsKnown(chosen))
            {
                return GroupOf(ProviderChoice.Of(options)!);
            }
            errors.Add($"AI_PROVIDER is '{chosen}': one of the file's providers is expected ({Listed(providers.Keys)}), or of {ProviderChoice.Known}.");
            return null;
        }
        return profiles[CreateJob.DefaultProfile] is { } name
            ? groups.GetValueOrDefault(name)
            : groups.Values.FirstOrDefault() ?? (providers.Count == 0 ? null : GroupOf(providers.GetAt(0).Value));

        // A group of the file that happens to bear the provider's name is another thing.
        ModelGroup GroupOf(Provider provider) =>
            ModelGroup.OfOne(provider, options.EmbeddingModel) is var group && groups.ContainsKey(group.Name) ? group with { Name = $"provider {group.Name}" } : group;
    }

    static IReadOnlyList<(string Name, ConfigNode Node)> Named(ConfigNode file, string field) =>
        file.Field(field)?.Members(GroupName.IsMatch, "1 to 128 characters without control characters are expected") ?? [];

    static string Listed(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? list : "there are none";

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    static partial Regex ProviderName { get; }

    [GeneratedRegex(@"^[^\x00-\x1f\x7f]{1,128}\z")]
    static partial Regex GroupName { get; }
}
