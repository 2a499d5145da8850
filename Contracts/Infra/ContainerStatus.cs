namespace AiPlatform.Contracts.Infra;

/// <summary>One container of the AI server. Its environment and arguments are never reported: they hold keys.</summary>
public sealed record ContainerStatus
{
    /// <summary>The first 12 digits of the container's id.</summary>
    public required string Id { get; init; }

    /// <summary>Its id, or the name of the machine, where only the kernel's figures are read.</summary>
    public required string Name { get; init; }

    /// <summary>Null where only the kernel's figures are read.</summary>
    public string? Image { get; init; }

    /// <summary>The runtime's word, such as <c>running</c> or <c>exited</c>.</summary>
    public required string State { get; init; }

    /// <summary><c>healthy</c>, <c>unhealthy</c> or <c>starting</c>; null without a health check.</summary>
    public string? Health { get; init; }

    public DateTimeOffset? StartedAt { get; init; }
    public int? RestartCount { get; init; }
    public bool? OomKilled { get; init; }
    public required ContainerCpu Cpu { get; init; }
    public required ContainerMemory Memory { get; init; }
    public required ContainerNetwork Network { get; init; }

    /// <summary>Null from a sidecar of an older version.</summary>
    public ContainerDisk? Disk { get; init; }

    /// <summary>UUIDs of the GPUs given to it.</summary>
    public required IReadOnlyList<string> Gpus { get; init; }
}

/// <summary>Processor time of a container.</summary>
public sealed record ContainerCpu
{
    /// <summary>Cores in use on average between the last two samples.</summary>
    public double? UsageCores { get; init; }

    /// <summary>Seconds of processor time since it started.</summary>
    public double? TimeS { get; init; }
}

/// <summary>Memory of a container, in bytes.</summary>
public sealed record ContainerMemory
{
    /// <summary>Without the page cache.</summary>
    public long? UsedBytes { get; init; }

    /// <summary>Null when there is no limit.</summary>
    public long? LimitBytes { get; init; }
}

/// <summary>Bytes since the container started, all networks together.</summary>
public sealed record ContainerNetwork
{
    public long? RxBytes { get; init; }
    public long? TxBytes { get; init; }
}

/// <summary>Bytes since the container started, all disks together; null where the kernel does not count them.</summary>
public sealed record ContainerDisk
{
    public long? ReadBytes { get; init; }
    public long? WriteBytes { get; init; }
}
