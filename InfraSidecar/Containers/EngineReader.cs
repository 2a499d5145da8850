using System.Collections.Concurrent;
using System.Globalization;
using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Containers;

/// <summary>Reads all containers of an engine. Not for concurrent use.</summary>
sealed class EngineReader(EngineClient engine, TimeProvider time)
{
    /// <summary>More are not asked about, the running ones first.</summary>
    public const int MostContainers = 200;

    const int AtATime = 4;
    const string Running = "running";

    /// <summary>What an engine that answers none of the questions in time may hold up a sample.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    readonly CpuMeter _cpu = new(time);

    public async Task<ContainerReading> ReadAsync(CancellationToken cancellationToken)
    {
        if (await engine.AgreeAsync(cancellationToken) is { } refusal)
            return new ContainerReading.Failed(refusal);
        var (list, error) = await engine.GetAsync("containers/json?all=1", EngineJson.Default.IReadOnlyListEngineContainer, cancellationToken);
        if (list is null)
        {
            // Perhaps another engine than the one whose version was taken.
            engine.Forget();
            return new ContainerReading.Failed(error ?? new InfraError("not_found", "The engine knows no list of containers."));
        }

        ConcurrentBag<ContainerReading.Entry> entries = [];
        ConcurrentBag<InfraError> errors = [];
        var wanted = list.Where(container => container?.Id is not null).OrderByDescending(container => container.State == Running)
            .ThenByDescending(container => container.Created).Take(MostContainers);
        var start = time.GetTimestamp();
        await Parallel.ForEachAsync(
            wanted,
            new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellationToken },
            async (container, end) =>
            {
                var isLate = time.GetElapsedTime(start) > Limit;
                var (details, detailsError) = isLate ? (null, Late) : await DetailsAsync(container, end);
                if (details is null && detailsError is null)
                    return;
                var (stats, statsError) = isLate || container.State != Running ? (null, null) : await StatsAsync(container, end);
                if ((detailsError ?? statsError) is { } failure)
                    errors.Add(failure);
                entries.Add(Describe(container, details, stats));
            });
        _cpu.EndSample();
        return new ContainerReading.Read([.. entries.OrderBy(entry => entry.Status.Name, StringComparer.Ordinal)], Summarize([.. errors], list.Count));
    }

    static InfraError Late => new("timeout", $"The engine did not tell about all containers within {Limit.TotalSeconds:0} s.");

    Task<(EngineDetails?, InfraError?)> DetailsAsync(EngineContainer container, CancellationToken cancellationToken) =>
        engine.GetAsync($"containers/{container.Id}/json", EngineJson.Default.EngineDetails, cancellationToken);

    // One-shot: otherwise the engine waits a second or two to compute a load of its own (moby/moby#40437).
    Task<(EngineStats?, InfraError?)> StatsAsync(EngineContainer container, CancellationToken cancellationToken) =>
        engine.GetAsync($"containers/{container.Id}/stats?stream=false&one-shot=true", EngineStatsJson.Default.EngineStats, cancellationToken);

    static InfraError? Summarize(InfraError[] errors, int all) => errors.Length > 0
        ? errors[0] with { Code = "partial", Message = $"Of {errors.Length} containers not all could be read; the first: {errors[0].Message}" }
        : all > MostContainers ? new InfraError("too_many", $"{all} containers are there, and {MostContainers} are reported.") : null;

    ContainerReading.Entry Describe(EngineContainer container, EngineDetails? details, EngineStats? stats)
    {
        var id = container.Id!;
        var cpu = stats?.CpuStats;
        var used = cpu?.CpuUsage?.TotalUsage;
        var cores = cpu?.OnlineCpus ?? cpu?.CpuUsage?.PercpuUsage?.Count;
        var hasLimit = details?.HostConfig?.Memory is > 0;
        var status = new ContainerStatus
        {
            Id = ContainerId.Shorten(id),
            Name = container.Names is [{ } name, ..] ? name.TrimStart('/') : ContainerId.Shorten(id),
            Image = container.Image,
            State = details?.State?.Status ?? container.State ?? "unknown",
            Health = details?.State?.Health?.Status is { } health and not ("none" or "") ? health : null,
            StartedAt = Started(details?.State?.StartedAt),
            RestartCount = details?.RestartCount,
            OomKilled = details?.State?.OomKilled,
            Cpu = new ContainerCpu { UsageCores = _cpu.Measure(id, used, cpu?.SystemCpuUsage, cores), TimeS = used / 1e9 },
            Memory = new ContainerMemory
            {
                UsedBytes = EngineFigures.MemoryInUse(stats?.MemoryStats),
                LimitBytes = hasLimit ? details!.HostConfig!.Memory : null,
            },
            Network = EngineFigures.Traffic(stats?.Networks),
            Disk = EngineFigures.DiskTraffic(stats?.BlkioStats),
            Gpus = [],
        };
        return new ContainerReading.Entry(status, EngineFigures.Gpus(details?.HostConfig?.DeviceRequests));
    }

    // The year 1 stands for never.
    static DateTimeOffset? Started(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at.Year > 1 ? at : null;
}
