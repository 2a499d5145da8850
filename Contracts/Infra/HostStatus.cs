namespace AiPlatform.Contracts.Infra;

/// <summary>The machine the sidecar runs on.</summary>
public sealed record HostStatus
{
    public required string Name { get; init; }

    /// <summary>Seconds since the machine started.</summary>
    public double? UptimeS { get; init; }

    public HostCpu? Cpu { get; init; }
    public HostMemory? Memory { get; init; }
    public required IReadOnlyList<HostDisk> Disk { get; init; }
}

/// <summary>Processor load of the machine.</summary>
public sealed record HostCpu
{
    /// <summary>Share of all cores that was busy between the last two samples, from 0 to 1.</summary>
    public double? Usage { get; init; }

    /// <summary>Load average of one minute.</summary>
    public double? Load1 { get; init; }
}

/// <summary>Main memory of the machine, in bytes.</summary>
public sealed record HostMemory
{
    public required long TotalBytes { get; init; }

    /// <summary>What cannot be given to a new process; the page cache does not count.</summary>
    public required long UsedBytes { get; init; }
}

/// <summary>One watched file system, in bytes.</summary>
public sealed record HostDisk
{
    public required string Mount { get; init; }
    public required long TotalBytes { get; init; }

    /// <summary>What a process without special rights may still write.</summary>
    public required long FreeBytes { get; init; }
}
