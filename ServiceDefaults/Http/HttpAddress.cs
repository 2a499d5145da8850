using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AiPlatform.ServiceDefaults.Http;

/// <summary>The address a process was given by its own settings, and the variables that change it.</summary>
sealed record HttpAddress(string Scheme, string Host, int Port, string HostVariable, string PortVariable)
{
    public bool IsSecure => Scheme == "https";

    public string Url => IPAddress.TryParse(Host, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6
        ? $"{Scheme}://[{ip}]:{Port}"
        : $"{Scheme}://{Host}:{Port}";

    public static HttpAddress Of<TAddress>(IServiceProvider services)
        where TAddress : class, IHttpAddress, new()
    {
        var address = services.GetRequiredService<IOptions<TAddress>>().Value;
        var scheme = services.GetRequiredService<HttpCertificate>().IsGiven ? "https" : "http";
        return new HttpAddress(scheme, address.Host, address.Port, TAddress.HostVariable, TAddress.PortVariable);
    }
}
