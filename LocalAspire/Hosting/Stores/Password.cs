using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Runtime;

static class Password
{
    const int Length = 22;

    /// <summary>As in Aspire: <c>Parameters:{server}-password</c> when configured, else generated.</summary>
    public static ParameterResource For(IDistributedApplicationBuilder builder, string server) => new(
        $"{server}-password",
        () => ParameterResourceBuilderExtensions.Configured(builder, $"{server}-password") ?? Generate(),
        secret: true);

    // Letters and digits only: safe in connection strings, URIs and configuration files.
    static string Generate() => RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", Length);
}
