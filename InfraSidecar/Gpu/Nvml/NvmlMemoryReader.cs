using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Gpu.Nvml;

/// <summary>Memory of a card or a slice, by the newest call the driver knows.</summary>
static class NvmlMemoryReader
{
    /// <param name="note">Is told every code.</param>
    public static GpuMemory Read(NvmlLibrary nvml, nint handle, Func<NvmlReturn, NvmlReturn> note)
    {
        var second = new NvmlMemoryV2 { Version = NvmlDevice.Versioned<NvmlMemoryV2>(2) };
        if (note(nvml.Fill("nvmlDeviceGetMemoryInfo_v2", handle, ref second)) == NvmlReturn.Success)
            return Describe(second.Total, second.Used, second.Free, second.Reserved);

        // Here "used" has the reserved memory in it, and cannot be told from it.
        var first = default(NvmlMemory);
        return note(nvml.Fill("nvmlDeviceGetMemoryInfo", handle, ref first)) == NvmlReturn.Success
            ? Describe(first.Total, first.Used, first.Free, reserved: null)
            : new GpuMemory();
    }

    static GpuMemory Describe(ulong total, ulong used, ulong free, ulong? reserved) => new()
    {
        TotalBytes = (long)total,
        UsedBytes = (long)used,
        FreeBytes = (long)free,
        ReservedBytes = (long?)reserved,
        Utilization = total > 0 ? Math.Round((double)used / total, 4) : null,
    };
}
