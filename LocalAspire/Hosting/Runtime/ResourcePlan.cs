using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Runtime;

/// <summary>Everything the AppHost asked for about one resource.</summary>
sealed class ResourcePlan
{
    public List<EndpointAnnotation> Endpoints { get; } = [];

    public List<Func<EnvironmentCallbackContext, CancellationToken, Task>> Environment { get; } = [];

    public List<Resource> WaitsFor { get; } = [];

    public List<HttpHealthCheck> HealthChecks { get; } = [];

    public List<Action<List<ResourceUrlAnnotation>>> UrlCallbacks { get; } = [];

    public Dictionary<string, Func<IServiceProvider, CancellationToken, Task<ExecuteCommandResult>>> Commands { get; } = [];

    public int Replicas { get; set; } = 1;

    public bool ExplicitStart { get; set; }

    /// <summary>Set by WithDataVolume: the data outlives the run.</summary>
    public bool KeepsData { get; set; }
}
