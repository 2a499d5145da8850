using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Containers;

/// <summary>What one look at the containers gave.</summary>
abstract record ContainerReading
{
    ContainerReading()
    {
    }

    public sealed record Absent(string Detail) : ContainerReading;

    public sealed record Failed(InfraError Error) : ContainerReading;

    public sealed record Read(IReadOnlyList<Entry> Containers, InfraError? Error) : ContainerReading;

    /// <param name="Status">All but its GPUs.</param>
    /// <param name="Gpus">The GPUs it asked for, by number or UUID, or all.</param>
    public sealed record Entry(ContainerStatus Status, IReadOnlyList<string> Gpus);
}
