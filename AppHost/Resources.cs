using System.Net.Http.Headers;

namespace AiPlatform.AppHost;

/// <summary>Wiring that would hide the picture in AppHost.cs.</summary>
static class Resources
{
    /// <summary>Where chats and audio go when nothing else is configured. An unset one means that it is configured.</summary>
    internal sealed record ModelServers(EndpointReference? Chat, EndpointReference? Speech);

    public static ModelServers AddModelServers(
        this IDistributedApplicationBuilder builder, IReadOnlyList<Setting> chat, IReadOnlyList<Setting> speech, IReadOnlyList<Setting> others)
    {
        var hasChat = chat.HaveChatServer();
        var hasSpeech = speech.Have("VOXTRAL_BASE_URL", "WHISPERX_URL");
        if (builder.ExecutionContext.IsPublishMode)
            return new(hasChat ? null : builder.AddChatContainer(), hasSpeech ? null : builder.AddSpeechContainer());
        if (hasChat && hasSpeech)
            return new(null, null);
        var simulator = builder.AddProject<Projects.ModelSimulator>("model-simulator")
            .WithHttpEndpoint()
            .WithEnvironment("SIMULATOR_MODELS", chat.Named("LLM_MODEL").Parameter)
            .WithEnvironment("SIMULATOR_EMBEDDING_MODELS", chat.Named("EMBEDDING_MODEL").Parameter)
            .WithEnvironment("SIMULATOR_AUDIO_MODELS", speech.Named("VOXTRAL_MODEL").Parameter)
            .WithoutSecretsOf(chat, speech, others)
            .WithHttpHealthCheck("/health")
            .GetEndpoint("http");
        return new(hasChat ? null : simulator, hasSpeech ? null : simulator);
    }

    public static IResourceBuilder<ProjectResource> WithModelServer(
        this IResourceBuilder<ProjectResource> worker, string variable, EndpointReference? server)
    {
        if (server is null)
            return worker;
        worker.WithEnvironment(variable, server);
        // Not in a deployment: Compose refuses to depend on a service whose profile is off, and workers outlive their model server anyway.
        return worker.ApplicationBuilder.ExecutionContext.IsRunMode
            ? worker.WaitFor(worker.ApplicationBuilder.CreateResourceBuilder(server.Resource))
            : worker;
    }

    /// <summary>A button in the dashboard, with the service token when there is one.</summary>
    public static IResourceBuilder<ProjectResource> WithQueueCommand(
        this IResourceBuilder<ProjectResource> api, string verb, string displayName, string icon, Setting serviceToken) =>
        api.WithHttpCommand($"/queue/{verb}", displayName, commandName: $"{verb}-queue", commandOptions: new()
        {
            IconName = icon,
            PrepareRequest = async context =>
            {
                if (await serviceToken.TextAsync(context.CancellationToken) is { } token)
                    context.Request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            },
        });
}
