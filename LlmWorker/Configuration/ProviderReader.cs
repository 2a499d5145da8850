using AiPlatform.LlmWorker.Providers;
using AiPlatform.ServiceDefaults.Settings;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Configuration;

/// <summary>Reads one of the file's <c>providers</c>. What the environment says of a provider of that name comes first.</summary>
sealed class ProviderReader(LlmOptions options, Func<string, string?> variables)
{
    static readonly string[] Fields =
    [
        "kind", "base_url", "api_key", "api_key_env", "model", "max_tokens", "continues", "connect_timeout", "first_token_timeout", "idle_timeout", "timeout",
        .. TlsReader.Fields,
    ];

    /// <returns>Null where something is wrong with it.</returns>
    public Provider? Read(string name, ConfigNode node)
    {
        if (!node.IsObject(Fields))
        {
            return null;
        }
        var said = EnvironmentOf(name);
        var (key, keySetting) = Key(node);
        var written = node.Address("base_url");
        var kind = Kind(name, node);
        var address = said.Address ?? written ?? (kind is null ? null : ProviderKinds.UsualAddress(kind.Value));
        var model = said.Model ?? node.Text("model", 128) ?? (kind == ProviderKind.Anthropic ? options.AnthropicModel : options.Model);
        var maxTokens = node.Whole("max_tokens", 1, 10_000_000) ?? Provider.UsualMaxTokens;
        var continues = Continues(node, kind);
        var limits = Limits(node);
        var tls = TlsReader.Read(node, address);
        if (address is null && node.Field("base_url") is null && kind is not null)
        {
            node.Missing("base_url", "the address of the server is expected, such as http://gpu-1:8000/v1");
        }
        return address is null || kind is null
            ? null
            : new Provider(
                name, ProviderAddress.Versioned(address), said.Address is null ? $"{node.Path}.base_url" : said.AddressSetting!,
                said.Key ?? key, said.Key is null ? keySetting : said.KeySetting!, model)
            {
                Kind = kind.Value,
                Limits = limits,
                MaxTokens = maxTokens,
                Continues = continues,
                Tls = tls,
            };
    }

    static ProviderKind? Kind(string name, ConfigNode node)
    {
        if (node.Field("kind") is not { } field)
        {
            return ProviderKinds.Parse(name) ?? ProviderKind.OpenAiCompatible;
        }
        if (field.Text(64) is not { } word)
        {
            return null;
        }
        var kind = ProviderKinds.Parse(word);
        if (kind is null)
        {
            field.Wrong($"one of {ProviderKinds.All} is expected");
        }
        return kind;
    }

    static bool Continues(ConfigNode node, ProviderKind? kind)
    {
        var said = node.Flag("continues");
        if (said == true && kind == ProviderKind.Anthropic)
        {
            node.Field("continues")!.Wrong("false is expected: Anthropic's models cannot be given the beginning of their answer");
        }
        return said ?? kind == ProviderKind.Vllm;
    }

    (string? Key, string Setting) Key(ConfigNode node)
    {
        var key = node.Secret("api_key");
        if (node.VariableName("api_key_env") is not { } variable)
        {
            return (key, $"{node.Path}.api_key");
        }
        if (key is not null)
        {
            node.Field("api_key_env")!.Wrong("it cannot be given beside api_key");
        }
        var secret = Secret.Read(variable, variables);
        if (secret.Problem is { } problem)
        {
            node.Field("api_key_env")!.Wrong(problem.TrimEnd('.'));
        }
        return (secret.Text, variable);
    }

    ChatLimits Limits(ConfigNode node)
    {
        var ours = ChatLimits.Of(options);
        var limits = new ChatLimits(
            Limit(node, "connect_timeout", ours.Connect, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), "100ms to 5m"),
            Limit(node, "first_token_timeout", ours.FirstToken, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), "100ms to 1h"),
            Limit(node, "idle_timeout", ours.Idle, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), "100ms to 1h"),
            Limit(node, "timeout", ours.Total, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24), "1s to 24h"));
        if (limits.FirstToken.Time > limits.Total.Time)
        {
            (node.Field("first_token_timeout") ?? node.Field("timeout"))?.Wrong(
                $"the time to the first token ({limits.FirstToken.Setting}) is part of the whole ({limits.Total.Setting}) and cannot be longer");
        }
        return limits;
    }

    static TimeLimit Limit(ConfigNode node, string field, TimeLimit otherwise, TimeSpan least, TimeSpan most, string range) =>
        node.Duration(field, least, most, range) is { } time ? new TimeLimit(time, $"{node.Path}.{field}") : otherwise;

    Said EnvironmentOf(string name) => name switch
    {
        _ when options.BaseUrl is { } address && ProviderChoice.NameOf(address) == name => new(address, "LLM_BASE_URL", options.ApiKey, "LLM_API_KEY", null),
        "lmstudio" => new(options.LmStudioBaseUrl, "LMSTUDIO_BASE_URL", options.LmStudioApiKey, "LMSTUDIO_API_KEY", options.LmStudioModel),
        "ollama" => new(options.OllamaBaseUrl, "OLLAMA_BASE_URL", options.OllamaApiKey, "OLLAMA_API_KEY", options.OllamaModel),
        "openclaw" => new(options.OpenClawUrl, "OPENCLAW_URL", options.ApiKey, "LLM_API_KEY", null),
        "anthropic" => new(null, null, options.AnthropicApiKey, "ANTHROPIC_API_KEY", null),
        _ => default,
    };

    readonly record struct Said(Uri? Address, string? AddressSetting, string? Key, string? KeySetting, string? Model);
}
