using AiPlatform.Contracts;

namespace AiPlatform.WorkerRuntime.Providers;

/// <summary>The providers of a worker, for those who watch over them.</summary>
/// <param name="Kind">For messages: <c>model</c> or <c>transcription</c>.</param>
/// <param name="Unconfigured">The name under which it is reported that there is none.</param>
/// <param name="AddressSettings">The variables that would configure one, for messages.</param>
/// <param name="Now">The connections as they are now; none where none is configured.</param>
public sealed record ProviderSet(string Kind, string Unconfigured, string AddressSettings, Func<IReadOnlyList<ProviderConnection>> Now)
{
    public IReadOnlyList<ProviderConnection> Connections => Now();

    public IReadOnlyList<ProviderReport> Reports() => Connections is { Count: > 0 } connections
        ? [.. connections.Select(connection => connection.State.Report())]
        : [new ProviderReport { Name = Unconfigured, Configured = false, Circuit = "closed" }];
}
