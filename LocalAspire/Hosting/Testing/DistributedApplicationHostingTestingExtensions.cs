namespace Aspire.Hosting.Testing;

public static class DistributedApplicationHostingTestingExtensions
{
    public static HttpClient CreateHttpClient(this DistributedApplication app, string resourceName, string? endpointName = default) =>
        new() { BaseAddress = app.GetEndpoint(resourceName, endpointName) };

    public static Uri GetEndpoint(this DistributedApplication app, string resourceName, string? endpointName = default) =>
        new(new EndpointReference(Find<IResourceWithEndpoints>(app, resourceName), endpointName ?? "http").Url);

    public static ValueTask<string?> GetConnectionStringAsync(
        this DistributedApplication app, string resourceName, CancellationToken cancellationToken = default) =>
        Find<IResourceWithConnectionString>(app, resourceName).GetConnectionStringAsync(cancellationToken);

    static T Find<T>(DistributedApplication app, string name) where T : class, IResource =>
        !app.Runtime.IsStarted ? throw new InvalidOperationException("The application must be started before resources can be reached.")
        : app.Runtime.Find(name) as T ?? throw new ArgumentException($"Resource '{name}' not found, or it is no {typeof(T).Name}.", nameof(name));
}
