using AiPlatform.ServiceDefaults.Startup;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AiPlatform.ServiceDefaults.Http;

static class HttpAddressExtensions
{
    public static void ListenOnHttpAddress(this WebApplication app)
    {
        var own = app.Services.GetService<HttpAddress>();
        if (GivenUrls(app) is { Count: > 0 } given)
        {
            if (own is { IsSecure: true } && !given.Exists(url => url.StartsWith("https://", StringComparison.OrdinalIgnoreCase)))
                throw new StartupException($"HTTP_TLS_CERT_FILE is set, and ASPNETCORE_URLS is '{string.Join(';', given)}': write https there, or leave one of the two out.");
            TakenPort.Refuse(given, "ASPNETCORE_URLS");
        }
        else if (own is not null && (own.IsSecure || IsSet(own, app.Configuration) || !IsGivenElsewhere(app.Configuration)))
        {
            app.Urls.Add(own.Url);
            TakenPort.Refuse([own.Url], own.PortVariable);
        }
    }

    static List<string> GivenUrls(WebApplication app) =>
        [.. app.Urls, .. (app.Configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    static bool IsSet(HttpAddress address, IConfiguration configuration) =>
        !string.IsNullOrWhiteSpace(configuration[address.HostVariable]) || !string.IsNullOrWhiteSpace(configuration[address.PortVariable]);

    static bool IsGivenElsewhere(IConfiguration configuration) =>
        !string.IsNullOrEmpty(configuration["http_ports"])
        || !string.IsNullOrEmpty(configuration["https_ports"])
        || configuration.GetSection("Kestrel:Endpoints").Exists();
}
