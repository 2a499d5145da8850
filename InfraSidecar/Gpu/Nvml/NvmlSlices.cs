using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Gpu.Nvml;

/// <summary>The slices of a card in multi-instance mode.</summary>
sealed class NvmlSlices
{
    const string ProfileMark = " MIG ";

    readonly NvmlLibrary _nvml;
    readonly IReadOnlyList<(int Index, nint Handle)> _slices;

    public NvmlSlices(NvmlLibrary nvml, nint device)
    {
        _nvml = nvml;
        uint most = 0;
        List<(int, nint)> found = [];
        if (nvml.Fill("nvmlDeviceGetMaxMigDeviceCount", device, ref most) == NvmlReturn.Success)
        {
            // Places without a slice answer that nothing was found.
            for (var i = 0u; i < most; i++)
            {
                if (nvml.ReadKind("nvmlDeviceGetMigDeviceHandleByIndex", device, i, out nint slice) == NvmlReturn.Success)
                    found.Add(((int)i, slice));
            }
        }
        _slices = found;
    }

    public IEnumerable<nint> Handles => _slices.Select(slice => slice.Handle);

    /// <param name="note">Is told every code.</param>
    public IReadOnlyList<GpuInstance> Read(Func<NvmlReturn, NvmlReturn> note)
    {
        List<GpuInstance> read = [];
        foreach (var (index, slice) in _slices)
        {
            if (note(_nvml.ReadText("nvmlDeviceGetUUID", slice, out var uuid)) != NvmlReturn.Success)
                continue;
            note(_nvml.ReadText("nvmlDeviceGetName", slice, out var name));
            read.Add(new GpuInstance(index, uuid, Profile(name))
            {
                GpuInstanceId = Id("nvmlDeviceGetGpuInstanceId", slice),
                ComputeInstanceId = Id("nvmlDeviceGetComputeInstanceId", slice),
                Memory = NvmlMemoryReader.Read(_nvml, slice, note),
            });
        }
        return read;
    }

    int? Id(string function, nint slice)
    {
        uint id = 0;
        return _nvml.Fill(function, slice, ref id) == NvmlReturn.Success ? (int)id : null;
    }

    // "NVIDIA H100 80GB HBM3 MIG 3g.40gb"
    static string? Profile(string name) =>
        name.LastIndexOf(ProfileMark, StringComparison.Ordinal) is >= 0 and var at ? name[(at + ProfileMark.Length)..] : null;
}
