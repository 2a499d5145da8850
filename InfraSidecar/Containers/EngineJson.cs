using System.Text.Json.Serialization;

namespace AiPlatform.InfraSidecar.Containers;

/// <summary>An entry of <c>/containers/json</c>.</summary>
sealed record EngineContainer(string? Id, IReadOnlyList<string>? Names, string? Image, string? State, long? Created);

/// <summary>What is read of <c>/containers/{id}/json</c>: never <c>Config</c>, which holds environment and arguments.</summary>
sealed record EngineDetails(EngineState? State, int? RestartCount, EngineHostConfig? HostConfig);

sealed record EngineState(string? Status, [property: JsonPropertyName("OOMKilled")] bool? OomKilled, string? StartedAt, EngineHealth? Health);

sealed record EngineHealth(string? Status);

/// <param name="Memory">The limit in bytes; 0 for none.</param>
sealed record EngineHostConfig(long? Memory, IReadOnlyList<EngineDeviceRequest>? DeviceRequests);

/// <param name="Count">Of any cards, -1 for all; 0 where <paramref name="DeviceIds"/> names them.</param>
sealed record EngineDeviceRequest(
    string? Driver,
    int? Count,
    [property: JsonPropertyName("DeviceIDs")] IReadOnlyList<string>? DeviceIds,
    IReadOnlyList<IReadOnlyList<string>>? Capabilities);

/// <summary>What is read of <c>/containers/{id}/stats</c>.</summary>
sealed record EngineStats(EngineCpu? CpuStats, EngineMemory? MemoryStats, IReadOnlyDictionary<string, EngineNetwork>? Networks, EngineDisks? BlkioStats);

/// <param name="SystemCpuUsage">Nanoseconds of all processors together, busy or not.</param>
sealed record EngineCpu(EngineCpuUsage? CpuUsage, ulong? SystemCpuUsage, int? OnlineCpus);

/// <param name="TotalUsage">Nanoseconds.</param>
/// <param name="PercpuUsage">Absent with cgroup v2.</param>
sealed record EngineCpuUsage(ulong? TotalUsage, IReadOnlyList<ulong>? PercpuUsage);

sealed record EngineMemory(ulong? Usage, ulong? Limit, IReadOnlyDictionary<string, ulong>? Stats);

sealed record EngineNetwork(ulong? RxBytes, ulong? TxBytes);

/// <param name="IoServiceBytesRecursive">Null where the kernel does not count them.</param>
sealed record EngineDisks(IReadOnlyList<EngineDiskBytes?>? IoServiceBytesRecursive);

/// <summary>One kind of access to one disk.</summary>
/// <param name="Op">Read, Write, and with cgroup v1 others that these are part of; with cgroup v2 in lower case.</param>
sealed record EngineDiskBytes(string? Op, ulong? Value);

/// <summary>Lists and details are written in PascalCase.</summary>
[JsonSerializable(typeof(IReadOnlyList<EngineContainer>))]
[JsonSerializable(typeof(EngineDetails))]
sealed partial class EngineJson : JsonSerializerContext;

/// <summary>Statistics are written in snake_case.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EngineStats))]
sealed partial class EngineStatsJson : JsonSerializerContext;
