namespace AiPlatform.AppHost;

/// <summary>LocalAspire runs processes on one machine and publishes nothing; Deployment.cs says what Aspire does here.</summary>
static class Deployment
{
    public static void AddDeploymentTarget(this IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsPublishMode)
            throw new NotSupportedException("Publishing needs Aspire's own packages (UseAspire=true).");
    }

    public static EndpointReference? AddChatContainer(this IDistributedApplicationBuilder builder) => NotHere(builder);

    public static EndpointReference? AddSpeechContainer(this IDistributedApplicationBuilder builder) => NotHere(builder);

    public static IResourceBuilder<ProjectResource> WithGpus(this IResourceBuilder<ProjectResource> project) => project;

    static EndpointReference NotHere(IDistributedApplicationBuilder builder) =>
        throw new NotSupportedException($"{builder.AppHostDirectory}: model containers exist only in a deployment.");
}
