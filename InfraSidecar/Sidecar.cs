using AiPlatform.InfraSidecar.Containers;
using AiPlatform.InfraSidecar.Gpu;
using AiPlatform.InfraSidecar.Gpu.Nvml;
using AiPlatform.InfraSidecar.Host;
using AiPlatform.InfraSidecar.Telemetry;
using AiPlatform.InfraSidecar.Vllm;
using AiPlatform.ServiceDefaults;

namespace AiPlatform.InfraSidecar;

/// <summary>The process: four sampling loops and one route that answers from what they last saw.</summary>
static class Sidecar
{
    /// <param name="time">What the loops go by; null for the system's.</param>
    public static WebApplication Build(string[] args, TimeProvider? time = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults();
        builder.UseHttpAddress<SidecarHttpOptions>();
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.AddInfraSidecar();

        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapStatus();
        // Its instruments are there from the start, whoever asks for them.
        app.Services.GetRequiredService<SidecarMetrics>();
        return app;
    }

    static void AddInfraSidecar(this WebApplicationBuilder builder)
    {
        builder.AddSettings<InfraSidecarOptions>();

        builder.Services.AddSingleton<NvmlSource>();
        builder.Services.AddSingleton<NvidiaSmi>();
        builder.Services.AddSingleton<ProcessContainers>();
        builder.Services.AddSingleton<GpuSampler>().AddHostedService(services => services.GetRequiredService<GpuSampler>());
        builder.Services.AddSingleton<ContainerSampler>().AddHostedService(services => services.GetRequiredService<ContainerSampler>());
        builder.Services.AddSingleton<VllmSampler>().AddHostedService(services => services.GetRequiredService<VllmSampler>());
        builder.Services.AddSingleton<HostSampler>().AddHostedService(services => services.GetRequiredService<HostSampler>());
        builder.Services.AddSingleton<StatusReport>();
        builder.Services.AddSingleton<SidecarMetrics>();
    }
}
