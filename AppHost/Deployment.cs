using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;
using Microsoft.Extensions.Configuration;
using ComposeService = Aspire.Hosting.Docker.Resources.ComposeNodes.Service;

namespace AiPlatform.AppHost;

/// <summary>What <c>aspire publish</c> and <c>aspire deploy</c> make of the system: Docker Compose, or Kubernetes by Helm.</summary>
internal static class Deployment
{
    private const string VllmImage = "vllm/vllm-openai";
    private const string VllmTag = "v0.26.0";
    private const int VllmPort = 8000;

    /// <summary><c>DEPLOYMENT_TARGET</c>: compose (default) or kubernetes. Only one: with two, every resource would have to name its own.</summary>
    public static void AddDeploymentTarget(this IDistributedApplicationBuilder builder)
    {
        switch (builder.Configuration["DEPLOYMENT_TARGET"] ?? "compose")
        {
            case "compose":
                builder.AddDockerComposeEnvironment("compose");
                break;
            case "kubernetes":
                builder.AddKubernetesEnvironment("kubernetes");
                break;
            case var other:
                throw new InvalidOperationException($"DEPLOYMENT_TARGET is '{other}'; it must be compose or kubernetes.");
        }
    }

    public static EndpointReference AddChatContainer(this IDistributedApplicationBuilder builder) =>
        builder.AddVllm("vllm", "Qwen/Qwen2.5-14B-Instruct-AWQ", "--served-model-name", "qwen2.5-14b").GetEndpoint("http");

    /// <summary>Voxtral needs most of a GPU, so in Compose it starts only with the profile <c>voxtral-small</c>.</summary>
    public static EndpointReference AddSpeechContainer(this IDistributedApplicationBuilder builder) =>
        // Mistral's own weights and tokenizer, as its model card starts them.
        builder.AddVllm(
                "voxtral", "mistralai/Voxtral-Small-24B-2507",
                "--tokenizer-mode", "mistral", "--config-format", "mistral", "--load-format", "mistral")
            .PublishAsDockerComposeService((_, service) => service.Profiles.Add("voxtral-small"))
            .GetEndpoint("http");

    /// <summary>Lets a container see the server's GPUs. Compose has no reservations in Aspire's model, so it goes by CDI device name.</summary>
    public static IResourceBuilder<T> WithGpus<T>(this IResourceBuilder<T> resource) where T : IComputeResource => resource
        .PublishAsDockerComposeService((_, service) => AddGpus(service))
        .PublishAsKubernetesService(AddGpus);

    private static IResourceBuilder<ContainerResource> AddVllm(
        this IDistributedApplicationBuilder builder, string name, string model, params string[] options)
    {
        string[] arguments = ["--model", model, .. options];
        return builder.AddContainer(name, VllmImage, builder.Configuration["VLLM_TAG"] ?? VllmTag)
            .WithArgs(arguments)
            .WithHttpEndpoint(targetPort: VllmPort)
            .WithVolume("huggingface-cache", "/root/.cache/huggingface")
            .WithHttpHealthCheck("/health")
            .WithGpus();
    }

    private static void AddGpus(ComposeService service) => service.Devices.Add("nvidia.com/gpu=all");

    private static void AddGpus(KubernetesResource resource)
    {
        foreach (var container in resource.Workload?.PodTemplate.Spec.Containers ?? [])
            (container.Resources ??= new ResourceRequirementsV1()).Limits["nvidia.com/gpu"] = "1";
    }
}
