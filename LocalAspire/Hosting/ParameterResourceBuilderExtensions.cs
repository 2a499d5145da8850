using System.Security.Cryptography;

namespace Aspire.Hosting;

public static class ParameterResourceBuilderExtensions
{
    // Letters and digits only: safe in connection strings, URIs and configuration files.
    const string PasswordCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const int PasswordLength = 22;

    /// <summary>A value read from <c>Parameters:name</c>; a missing one stops the resources that use it.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false) =>
        builder.AddParameter(
            name,
            () => builder.Configured(name) ?? throw new DistributedApplicationException(
                $"Parameter resource could not be used because configuration key 'Parameters:{name}' is missing "
                + "and the Parameter has no default value."),
            secret: secret);

    /// <summary>A computed value. As in Aspire, configuration is not asked.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, Func<string> valueGetter, bool publishValueAsDefault = false, bool secret = false)
    {
        if (publishValueAsDefault && secret)
            throw new ArgumentException("A parameter cannot be both secret and published as a default value.", nameof(secret));
        return builder.AddResource(new ParameterResource(name, valueGetter, secret));
    }

    /// <summary>As in Aspire: <c>Parameters:{server}-password</c> when configured, else generated.</summary>
    internal static string PasswordOf(this IDistributedApplicationBuilder builder, string server) =>
        builder.Configured($"{server}-password") ?? RandomNumberGenerator.GetString(PasswordCharacters, PasswordLength);

    // Dashes cannot stand in environment variable names, so Aspire also accepts underscores.
    static string? Configured(this IDistributedApplicationBuilder builder, string name) =>
        builder.Configuration[$"Parameters:{name}"] ?? builder.Configuration[$"Parameters:{name.Replace('-', '_')}"];
}
