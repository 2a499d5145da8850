using AiPlatform.Client;
using AiPlatform.Client.Http;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The client among a host's services.</summary>
public static class AiPlatformClientServices
{
    const string Name = "AiPlatform";

    /// <summary>Adds <see cref="AiPlatformClient"/> and <see cref="WorkerClient"/> as singletons. Wrong settings stop the host's start with one message that names each.</summary>
    /// <returns>For further handlers, such as service discovery. A handler that repeats requests or bounds their time would do so on top of the client: the standard
    /// resilience handler cuts waits, chats and streams off.</returns>
    public static IHttpClientBuilder AddAiPlatformClient(this IServiceCollection services, Action<AiPlatformClientOptions> configure)
    {
        services.AddOptions<AiPlatformClientOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AiPlatformClientOptions>, Validation>());
        services.TryAddSingleton(static provider => new AiPlatformClient(Http(provider), OptionsOf(provider), provider.GetService<TimeProvider>()));
        services.TryAddSingleton(static provider => new WorkerClient(Http(provider), OptionsOf(provider), provider.GetService<TimeProvider>()));
        return services.AddHttpClient(Name, static http => http.Timeout = Timeout.InfiniteTimeSpan)
            .UseSocketsHttpHandler(static (handler, _) => OwnHttp.Configure(handler))
            // The clients keep theirs; its connections are renewed by themselves.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }

    static HttpClient Http(IServiceProvider provider) => provider.GetRequiredService<IHttpClientFactory>().CreateClient(Name);

    static AiPlatformClientOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptions<AiPlatformClientOptions>>().Value;

    sealed class Validation : IValidateOptions<AiPlatformClientOptions>
    {
        public ValidateOptionsResult Validate(string? name, AiPlatformClientOptions options) =>
            options.Faults() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
