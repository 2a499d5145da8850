using System.Net.Http.Headers;

namespace AiPlatform.WorkerRuntime.Providers;

/// <summary>A server that runs models, and how to reach it.</summary>
/// <param name="Name">In results, status and metrics.</param>
/// <param name="BaseAddress">Ends with the version, such as <c>/v1</c>, without a slash; see <see cref="ProviderAddress"/>.</param>
/// <param name="AddressSetting">The variable that gave the address, for messages.</param>
/// <param name="ApiKey">Null where the server asks for none.</param>
/// <param name="KeySetting">The variable that holds the key, for messages.</param>
public abstract record ModelProvider(string Name, Uri BaseAddress, string AddressSetting, string? ApiKey, string KeySetting)
{
    /// <summary>Scheme, host and port: an address may hold a password or a path that says too much.</summary>
    public string Endpoint => BaseAddress.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);

    /// <summary>Adds to every request what shows who asks; called only with a key.</summary>
    public virtual void Authorize(HttpRequestHeaders headers, string key) => headers.Authorization = new AuthenticationHeaderValue("Bearer", key);

    // A record writes all its properties: not the key.
    public sealed override string ToString() => $"{Name} at {Endpoint}";
}
