using AiPlatform.Api.OpenAi.Files;
using AiPlatform.ServiceDefaults;

namespace AiPlatform.Api.OpenAi.Batches;

static class BatchServices
{
    /// <summary>Adds files, batches and the driver that moves batches on.</summary>
    public static WebApplicationBuilder AddBatches(this WebApplicationBuilder builder)
    {
        builder.AddSettings<FileSettings>();
        builder.Services.AddSingleton<FileUpload>().AddSingleton<BatchCheck>().AddSingleton<BatchJobs>().AddSingleton<BatchTelemetry>().AddSingleton<BatchSteps>();
        builder.Services.AddSingleton<BatchDriver>().AddHostedService(services => services.GetRequiredService<BatchDriver>());
        return builder;
    }
}
