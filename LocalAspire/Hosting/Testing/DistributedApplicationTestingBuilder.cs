using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Runtime;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

public static class DistributedApplicationTestingBuilder
{
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync<TEntryPoint>([], cancellationToken);

    /// <summary>Runs the AppHost's Main up to its Build, with random ports and data that is removed afterwards.</summary>
    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class
    {
        var capture = AppHostCapture.Start(typeof(TEntryPoint).Assembly, args);
        try
        {
            return new Builder(await capture.Builder.WaitAsync(cancellationToken), capture);
        }
        catch
        {
            capture.Dispose();
            throw;
        }
    }

    /// <summary>An application the test itself describes.</summary>
    public static IDistributedApplicationTestingBuilder Create(params string[] args) =>
        new Builder(new DistributedApplicationBuilder(new() { Args = args, Testing = true }, capture: null), capture: null);

    sealed class Builder(DistributedApplicationBuilder inner, AppHostCapture? capture) : IDistributedApplicationTestingBuilder
    {
        public ConfigurationManager Configuration => inner.Configuration;

        public string AppHostDirectory => inner.AppHostDirectory;

        public IHostEnvironment Environment => inner.Environment;

        public IServiceCollection Services => inner.Services;

        public DistributedApplicationExecutionContext ExecutionContext => inner.ExecutionContext;

        public IReadOnlyCollection<IResource> Resources => inner.Resources;

        public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource => inner.AddResource(resource);

        public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => inner.CreateResourceBuilder(resource);

        public DistributedApplication Build() => inner.BuildHere();

        public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) =>
            capture?.BuildAsync(cancellationToken) ?? Task.FromResult(inner.BuildHere());

        public void Dispose() => capture?.Dispose();

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
