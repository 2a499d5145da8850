using System.Net;
using AiPlatform.ServiceDefaults;
using AiPlatform.ServiceDefaults.Egress;

namespace AiPlatform.Api.Callbacks;

static class CallbackServices
{
    /// <summary>Adds the rules of <c>callback_url</c> and the sender that calls it.</summary>
    public static WebApplicationBuilder AddCallbacks(this WebApplicationBuilder builder)
    {
        builder.AddSettings<CallbackOptions>();
        builder.Services.AddSingleton<HostResolver>(Dns.GetHostAddressesAsync);
        builder.Services.AddSingleton<CallbackSignature>().AddSingleton<CallbackRules>();
        builder.Services.AddSingleton<CallbackClient>().AddSingleton<CallbackTelemetry>();
        builder.Services.AddHostedService<CallbackSender>();
        return builder;
    }
}
