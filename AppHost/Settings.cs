using Microsoft.Extensions.Configuration;

namespace AiPlatform.AppHost;

static class Settings
{
    /// <summary>
    /// The parameter <c>llm-base-url</c> of the variable <c>LLM_BASE_URL</c>. The variable itself, as one exports it in a shell, comes first;
    /// then <c>Parameters:llm-base-url</c>; then <paramref name="otherwise"/>, of which empty means not configured. A secret may be in a file instead.
    /// </summary>
    public static Setting AddSetting(this IDistributedApplicationBuilder builder, string variable, bool secret = false, string otherwise = "")
    {
        var name = variable.ToLowerInvariant().Replace('_', '-');
        var file = secret ? builder.AddFileSetting(variable + "_FILE") : null;
        var value = new[] { builder.Configuration[variable], builder.Configuration[$"Parameters:{name}"] }
            .FirstOrDefault(text => !string.IsNullOrEmpty(text)) ?? (file is { IsConfigured: true } ? "" : otherwise);
        return new(variable, builder.AddParameter(name, () => value, secret: secret), IsConfigured: value.Length > 0 || file is { IsConfigured: true }, file);
    }

    /// <summary>Processes run in folders of their own, so a run gives them the whole path; a deployment's paths are those of its containers.</summary>
    static Setting AddFileSetting(this IDistributedApplicationBuilder builder, string variable)
    {
        var name = variable.ToLowerInvariant().Replace('_', '-');
        var path = builder.Configuration[variable] is { Length: > 0 } given ? given : builder.Configuration[$"Parameters:{name}"] ?? "";
        if (path.Length > 0 && builder.ExecutionContext.IsRunMode)
            path = Path.GetFullPath(path);
        return new(variable, builder.AddParameter(name, () => path), IsConfigured: path.Length > 0);
    }

    /// <summary>What the simulator embeds with.</summary>
    const string SimulatedEmbeddings = "BAAI/bge-m3";

    /// <summary>OpenAI-compatible servers and Anthropic, for chat and embeddings.</summary>
    public static IReadOnlyList<Setting> AddChatSettings(this IDistributedApplicationBuilder builder)
    {
        var settings = builder.AddChatServers();
        var isSimulated = builder.ExecutionContext.IsRunMode && !settings.HaveChatServer();
        return [.. settings, builder.AddSetting("EMBEDDING_MODEL", otherwise: isSimulated ? SimulatedEmbeddings : "")];
    }

    /// <summary>Whether chats have a server other than ours.</summary>
    public static bool HaveChatServer(this IEnumerable<Setting> chat) => chat.Have(
        "AI_PROVIDER", "LLM_CONFIG_FILE", "LLM_BASE_URL", "LMSTUDIO_BASE_URL", "OLLAMA_BASE_URL", "ANTHROPIC_API_KEY", "OPENCLAW_URL");

    static IReadOnlyList<Setting> AddChatServers(this IDistributedApplicationBuilder builder) =>
    [
        builder.AddSetting("AI_PROVIDER"), builder.AddSetting("LLM_CONFIG_FILE"),
        builder.AddSetting("LLM_BASE_URL"), builder.AddSetting("LLM_API_KEY", secret: true), builder.AddSetting("LLM_MODEL"),
        builder.AddSetting("LMSTUDIO_BASE_URL"), builder.AddSetting("LMSTUDIO_API_KEY", secret: true), builder.AddSetting("LMSTUDIO_MODEL"),
        builder.AddSetting("OLLAMA_BASE_URL"), builder.AddSetting("OLLAMA_API_KEY", secret: true), builder.AddSetting("OLLAMA_MODEL"),
        builder.AddSetting("ANTHROPIC_API_KEY", secret: true), builder.AddSetting("ANTHROPIC_MODEL"),
        builder.AddSetting("OPENCLAW_URL"),
        builder.AddSetting("LLM_ADMISSION"), builder.AddSetting("LLM_RESERVED_SHARE"),
        builder.AddSetting("AGENT_FALLBACK_TEXT"), builder.AddSetting("AGENT_TIMEOUT"),
        // What the file of LLM_CONFIG_FILE names is a setting like the others.
        .. ConfigFileKeys.In(builder.Configuration["LLM_CONFIG_FILE"]).Except(KnownKeys).Select(variable => builder.AddSetting(variable, secret: true)),
    ];

    static readonly string[] KnownKeys =
    [
        "LLM_API_KEY", "LMSTUDIO_API_KEY", "OLLAMA_API_KEY", "ANTHROPIC_API_KEY", "VOXTRAL_API_KEY", "AUDIO_LLM_API_KEY", "WHISPERX_API_KEY",
    ];

    /// <summary>How long the API waits for chats, and what it keeps of files.</summary>
    public static IReadOnlyList<Setting> AddApiSettings(this IDistributedApplicationBuilder builder) =>
    [
        builder.AddSetting("CHAT_TIMEOUT"), builder.AddSetting("CHAT_LEFT_GRACE"), builder.AddSetting("CHAT_KEEP_LEFT"),
        builder.AddFileSetting("CALLERS_FILE"), builder.AddSetting("INFRA_SIDECAR_TIMEOUT"), builder.AddFileSetting("INFRA_SIDECAR_CA_FILE"),
        builder.AddSetting("FILE_MAX_BYTES"), builder.AddSetting("FILE_TTL"), builder.AddSetting("FILE_QUOTA_BYTES"),
        builder.AddSetting("TRANSCRIPTION_WAIT"), builder.AddSetting("AUDIO_UPLOAD_MAX_MB"), builder.AddSetting("AUDIO_UPLOAD_TTL"), builder.AddSetting("AUDIO_UPLOAD_QUOTA_MB"),
    ];

    /// <summary>Voxtral and WhisperX.</summary>
    public static IReadOnlyList<Setting> AddSpeechSettings(this IDistributedApplicationBuilder builder) =>
    [
        builder.AddSetting("VOXTRAL_BASE_URL"), builder.AddSetting("VOXTRAL_API_KEY", secret: true), builder.AddSetting("VOXTRAL_MODEL"),
        builder.AddSetting("VOXTRAL_KIND"), builder.AddSetting("WHISPERX_KIND"),
        builder.AddSetting("AUDIO_LLM_API_KEY", secret: true), builder.AddSetting("AUDIO_LLM_PROMPT"),
        builder.AddSetting("WHISPERX_URL"), builder.AddSetting("WHISPERX_API_KEY", secret: true), builder.AddSetting("WHISPERX_MODEL"),
        builder.AddSetting("AUDIO_URL_ALLOWED_HOSTS"), builder.AddSetting("AUDIO_MAX_MB"), builder.AddSetting("AUDIO_MAX_DURATION"),
        builder.AddSetting("TRANSCRIPTION_FALLBACK"), builder.AddSetting("TRANSCRIPTION_CHUNK_SECONDS"), builder.AddSetting("TRANSCRIPTION_MAX_CALLS"),
    ];

    /// <summary>What callbacks are signed with and where they may go. A run on a developer's machine may call receivers on that machine, and
    /// signs with a secret that anybody can read here; a deployment has neither unless it is given.</summary>
    public static IReadOnlyList<Setting> AddCallbackSettings(this IDistributedApplicationBuilder builder) => builder.ExecutionContext.IsRunMode
        ?
        [
            builder.AddSetting("CALLBACK_SECRET", secret: true, otherwise: "whsec_ZGV2ZWxvcG1lbnQtb25seS1ub3QtYS1zZWNyZXQ="),
            builder.AddSetting("CALLBACK_ALLOWED_HOSTS", otherwise: "localhost:*,127.0.0.1:*,[::1]:*"),
        ]
        : [builder.AddSetting("CALLBACK_SECRET", secret: true), builder.AddSetting("CALLBACK_ALLOWED_HOSTS")];

    public static Setting Named(this IEnumerable<Setting> settings, string variable) => settings.Single(setting => setting.Variable == variable);

    public static bool Have(this IEnumerable<Setting> settings, params string[] variables) =>
        settings.Any(setting => setting.IsConfigured && variables.Contains(setting.Variable));

    /// <summary>A deployment has them all, to be filled in later; a run only those that say something.</summary>
    public static IResourceBuilder<ProjectResource> WithSetting(this IResourceBuilder<ProjectResource> project, Setting setting)
    {
        if (setting.IsConfigured || project.ApplicationBuilder.ExecutionContext.IsPublishMode)
            project.WithEnvironment(setting.Variable, setting.Parameter);
        return setting.File is { } file ? project.WithSetting(file) : project;
    }

    public static IResourceBuilder<ProjectResource> WithSettings(this IResourceBuilder<ProjectResource> project, IEnumerable<Setting> settings) =>
        settings.Aggregate(project, WithSetting);

    /// <summary>The address of a resource here, unless one is configured.</summary>
    public static IResourceBuilder<ProjectResource> WithEnvironment(
        this IResourceBuilder<ProjectResource> project, string variable, EndpointReference? here, Setting configured) =>
        configured.IsConfigured || here is null ? project.WithSetting(configured) : project.WithEnvironment(variable, here);

    /// <summary>Children inherit what is exported in the shell; a process that has no use for a key must not hold it.</summary>
    public static IResourceBuilder<ProjectResource> WithoutSecretsOf(
        this IResourceBuilder<ProjectResource> project, params IEnumerable<Setting>[] groups) =>
        project.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? project
            : groups.SelectMany(group => group).Where(setting => setting.IsSecret)
                .Aggregate(project, (current, setting) => current.WithEnvironment(setting.Variable, "").WithEnvironment(setting.Variable + "_FILE", ""));

    /// <summary>The API's port on this machine: <c>HTTP_PORT</c>, else any free one. A deployment maps its own.</summary>
    public static int? ApiPort(this IDistributedApplicationBuilder builder) =>
        builder.ExecutionContext.IsRunMode ? builder.Configuration.GetValue<int?>("HTTP_PORT") : null;

    public static int Replicas(this IDistributedApplicationBuilder builder, string variable) => builder.Configuration.GetValue(variable, 1);

    /// <summary><c>KEEP_DATA=false</c> starts from empty stores and removes them at the end, as tests do.</summary>
    public static bool KeepsData(this IDistributedApplicationBuilder builder) => builder.Configuration.GetValue("KEEP_DATA", true);
}
