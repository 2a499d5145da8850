using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Runtime;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    readonly HostApplicationBuilder _host;
    readonly List<Resource> _resources = [];
    readonly AppHostCapture? _capture;
    readonly bool _isTest;

    public DistributedApplicationBuilder(DistributedApplicationOptions options, AppHostCapture? capture)
    {
        _capture = capture;
        _isTest = options.Testing || capture is not null;
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("LocalAspire runs on Linux only; elsewhere use Aspire itself (UseAspire=true).");
        AppHostDirectory = options.ProjectDirectory ?? ProjectDirectory(options.AssemblyName) ?? Directory.GetCurrentDirectory();
        _host = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = options.Args,
            ContentRootPath = AppHostDirectory,
            EnvironmentName = _isTest ? Environments.Development : null,
        });
        // The table says what runs, and a failed start reaches the caller as an exception; the host would print both in its own words.
        _host.Logging.SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        // Each process gets 30 s to end before it is killed; a stop takes a few such rounds at worst.
        _host.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMinutes(2));
        _host.Services.AddHttpClient();
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public string AppHostDirectory { get; }

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

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

    public DistributedApplication Build() => _capture is null ? BuildHere() : _capture.BuildWhenAsked(this);

    internal DistributedApplication BuildHere()
    {
        var context = new LocalContext(
            new DataFolder(AppHostDirectory, Configuration["LOCAL_ASPIRE_HOME"]),
            ExecutionContext,
            new LocalConsole { ShowAll = Configuration["LOCAL_ASPIRE_LOGS"] == "all" })
        {
            LaunchProfile = Configuration["DOTNET_LAUNCH_PROFILE"],
            StateFile = Configuration["LOCAL_ASPIRE_STATE_FILE"],
        };
        var notifications = new ResourceNotificationService(_resources);
        Services.AddSingleton(services => new LocalRuntime(_resources, context, notifications, randomPorts: _isTest));
        Services.AddHostedService(services => services.GetRequiredService<LocalRuntime>());
        Services.AddSingleton(notifications);
        Services.AddSingleton(services => new ResourceCommandService(services.GetRequiredService<LocalRuntime>(), services));
        return new DistributedApplication(_host.Build(), _capture);
    }

    string? ProjectDirectory(string? assemblyName)
    {
        var assembly = _capture?.AppHost ?? (assemblyName is null ? Assembly.GetEntryAssembly() : Assembly.Load(assemblyName));
        return assembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(metadata => metadata.Key == "apphostprojectpath")?.Value;
    }
}
