using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiPlatform.ServiceDefaults.Startup;

static class FailFastExtensions
{
    // Kubernetes kills 30 s after it asks; what has not ended by then should have been given back in order.
    static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(25);

    public static void AddFailFast(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHostedService<FailFast>();
        builder.Services.Configure<HostOptions>(host =>
        {
            // FailFast watches the loops itself: it also knows the exit code.
            host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore;
            if (string.IsNullOrEmpty(builder.Configuration["shutdownTimeoutSeconds"]))
                host.ShutdownTimeout = ShutdownTimeout;
        });
    }
}
