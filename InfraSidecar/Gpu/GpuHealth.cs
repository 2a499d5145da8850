using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>What the driver let slip about a card while it was read.</summary>
readonly record struct GpuHealth(bool IsLost, bool NeedsReset, bool HasUnknownError)
{
    /// <summary>The card's state, from this and what could be read of it.</summary>
    public GpuState Judge(GpuStatus read)
    {
        var isSilent = read.Memory.TotalBytes is null && read.Temperature.GpuC is null;
        if (IsLost)
            return GpuState.Lost;
        if (NeedsReset || GpuRecovery.IsReset(read.RecoveryAction))
            return GpuState.ResetRequired;
        if (HasUnknownError)
            return isSilent ? GpuState.Error : GpuState.Degraded;
        if (GpuRecovery.IsAsked(read.RecoveryAction) || read.Ecc.UncorrectedVolatile > 0)
            return GpuState.Degraded;
        return isSilent ? GpuState.Unknown : GpuState.Ok;
    }

    /// <summary>A card of which the driver says no more than that it cannot be reached.</summary>
    public static GpuStatus Unreachable(int? index, string? busId, GpuState state) => new()
    {
        Index = index,
        State = state,
        PciBusId = busId,
        Utilization = new GpuUtilization(),
        Memory = new GpuMemory(),
        Temperature = new GpuTemperature(),
        Power = new GpuPower(),
        Clocks = new GpuClocks(),
        Throttle = new GpuThrottle { Reasons = [] },
        Ecc = new GpuEcc(),
        Mig = new GpuMig { Instances = [] },
    };

    /// <summary>Null when all of them could be reached.</summary>
    public static InfraError? Lost(int unreachable, int all) =>
        unreachable > 0 ? new InfraError("gpu_lost", $"The driver cannot reach {unreachable} of {all} GPUs.") : null;
}
