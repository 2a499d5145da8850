using AiPlatform.Client;
using AiPlatform.Client.Http;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The client among a host's services.</summary>
public static class AiPlatformClientServices
{
    const string Name = "AiPlatform";

    /// <summary>What <c>AddStandardResilienceHandler</c> and its like add, also to the clients of a whole host: it repeats what may not come twice, and cuts waits and streams off.</summary>
    const string Resilience = "Microsoft.Extensions.Http.Resilience.ResilienceHandler";

    /// <summary>Adds <see cref="AiPlatformClient"/> and <see cref="WorkerClient"/> as singletons. Wrong settings stop the host's start with one message that names each.</summary>
    /// <returns>For further handlers, such as service discovery. A handler that repeats requests or bounds their time would do so on top of the client. The standard resilience
    /// handler that a host gives to all of its clients (<c>ConfigureHttpClientDefaults</c>) is left out here; do not add it to what is returned.</returns>
    public static IHttpClientBuilder AddAiPlatformClient(this IServiceCollection services, Action<AiPlatformClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<AiPlatformClientOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AiPlatformClientOptions>, Validation>());
        services.TryAddSingleton(static provider => new AiPlatformClient(Http(provider), OptionsOf(provider), provider.GetService<TimeProvider>()));
        services.TryAddSingleton(static provider => new WorkerClient(Http(provider), OptionsOf(provider), provider.GetService<TimeProvider>()));
        return services.AddHttpClient(Name, static http => http.Timeout = Timeout.InfiniteTimeSpan)
            .UseSocketsHttpHandler(static (handler, _) => OwnHttp.Configure(handler))
            .ConfigureAdditionalHttpMessageHandlers(static (handlers, _) =>
            {
                foreach (var handler in handlers.Where(static handler => handler.GetType().FullName == Resilience).ToList())
                    handlers.Remove(handler);
            })
            // The clients keep theirs; its connections are renewed by themselves.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }

    static HttpClient Http(IServiceProvider provider) => provider.GetRequiredService<IHttpClientFactory>().CreateClient(Name);

    static AiPlatformClientOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptions<AiPlatformClientOptions>>().Value;

    sealed class Validation(IHttpClientFactory factory) : IValidateOptions<AiPlatformClientOptions>
    {
        public ValidateOptionsResult Validate(string? name, AiPlatformClientOptions options)
        {
            var faults = options.Faults();
            // The host may have given it to the HttpClient.
            if (options.BaseAddress is null && factory.CreateClient(Name).BaseAddress is null)
                faults = [.. faults, ApiConnection.NoAddress];
            return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
        }
    }
}
