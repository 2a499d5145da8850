using System.Reflection;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

sealed class DistributedApplicationBuilder : IDistributedApplicationTestingBuilder
{
    readonly HostApplicationBuilder _host;
    readonly List<Resource> _resources = [];

    public DistributedApplicationBuilder(string[] args, bool isTest)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("LocalAspire runs on Linux only; elsewhere use Aspire itself (UseAspire=true).");
        var appHost = AppHostMain.Current ?? Assembly.GetEntryAssembly();
        AppHostDirectory = appHost?.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(metadata => metadata.Key == "apphostprojectpath")?.Value ?? Directory.GetCurrentDirectory();
        isTest |= AppHostMain.Current is not null;
        _host = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = args,
            ContentRootPath = AppHostDirectory,
            EnvironmentName = isTest ? Environments.Development : null,
        });
        // The table says what runs, and a failed start reaches the caller as an exception; the host would print both in its own words.
        _host.Logging.SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        // Each process gets 30 s to end before it is killed; a stop takes a few such rounds at worst.
        _host.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMinutes(2))
            .AddSingleton(_ => new LocalRuntime(_resources, new RunContext(this), isTest))
            .AddHostedService(services => services.GetRequiredService<LocalRuntime>());
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public string AppHostDirectory { get; }

    public DistributedApplicationExecutionContext ExecutionContext { get; } = new();

    public IReadOnlyCollection<IResource> Resources => _resources;

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        if (_resources.Exists(other => string.Equals(other.Name, resource.Name, StringComparison.OrdinalIgnoreCase)))
            throw new DistributedApplicationException($"Cannot add resource of type '{typeof(T)}' with name '{resource.Name}': the name is taken.");
        _resources.Add((Resource)(IResource)resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        AppHostMain.EndAt(this);
        return new DistributedApplication(_host.Build());
    }

    public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) => Task.FromResult(Build());

    public void Dispose()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
