using AiPlatform.Api.Admin;

namespace AiPlatform.Api.Access;

static class AccessServices
{
    /// <summary>Adds who may call, and what keeps others out.</summary>
    public static WebApplicationBuilder AddAccess(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CallersFile>().AddSingleton<FailedAttempts>().AddSingleton<AccessTelemetry>().AddSingleton<CallerDesk>();
        builder.Services.AddSingleton<CallerDirectory>().AddHostedService(services => services.GetRequiredService<CallerDirectory>());
        return builder;
    }
}
