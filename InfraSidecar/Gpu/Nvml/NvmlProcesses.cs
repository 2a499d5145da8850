using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Gpu.Nvml;

/// <summary>The processes that compute on a card.</summary>
static class NvmlProcesses
{
    // The list may grow between the question for its length and the one for its entries.
    const int Tries = 3, Spare = 8;

    // Far above what a card can hold; a driver that says more is not believed.
    const uint Most = 4096;

    static readonly string[] Functions = ["nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"];

    /// <param name="slices">Each tells its own processes; the card tells all of them, but only to who may see all of it.</param>
    /// <returns>Null where the driver does not tell.</returns>
    public static IReadOnlyList<GpuProcess>? Read(NvmlLibrary nvml, nint card, IEnumerable<nint> slices, NvmlVersions versions)
    {
        if (!versions.TellsProcesses)
            return null;
        var whole = List(nvml, card);
        NvmlProcess[][] lists = whole is { Length: > 0 } ? [whole] : [.. slices.Select(slice => List(nvml, slice)).OfType<NvmlProcess[]>()];
        if (whole is null && lists.Length == 0)
            return null;
        return
        [
            .. from process in lists.SelectMany(list => list).DistinctBy(process => (process.Pid, process.GpuInstanceId, process.ComputeInstanceId))
               where process.Pid is > 0 and <= int.MaxValue
               select new GpuProcess
               {
                   Pid = (int)process.Pid,
                   Name = nvml.ReadProcessName(process.Pid, out var name) == NvmlReturn.Success ? SmiText.ProgramName(name) : null,
                   UsedBytes = process.UsedBytes <= long.MaxValue ? (long)process.UsedBytes : null,
               },
        ];
    }

    static NvmlProcess[]? List(NvmlLibrary nvml, nint handle)
    {
        foreach (var function in Functions)
        {
            var code = nvml.ReadList<NvmlProcess>(function, handle, [], out var count);
            for (var i = 0; i < Tries && code == NvmlReturn.InsufficientSize && count <= Most; i++)
            {
                var items = new NvmlProcess[count + Spare];
                code = nvml.ReadList<NvmlProcess>(function, handle, items, out count);
                if (code == NvmlReturn.Success)
                    return items[..(int)Math.Min(count, (uint)items.Length)];
            }
            if (code == NvmlReturn.Success)
                return [];
            if (code != NvmlReturn.FunctionNotFound)
                return null;
        }
        return null;
    }
}
