using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Gpu.Nvml;

/// <summary>
/// The life of the driver's library: begun, read once for each sample, left when it has lost its footing, begun anew at the next. For one thread
/// only, and each call may take for ever.
/// </summary>
sealed class NvmlSession(string libraryName, TimeProvider time)
{
    readonly NvmlEvents _events = new(time);

    // Cards seen since the start: one that the driver has lost is still called by its name, and one that has left the list is not forgotten.
    readonly Dictionary<string, GpuStatus> _seen = [];

    NvmlLibrary? _nvml;
    NvmlVersions? _versions;
    string _losses = "";

    public GpuReading Read()
    {
        if (_nvml is null)
        {
            if (NvmlLibrary.Load(libraryName) is not { } loaded)
                return NotLoaded();
            _nvml = loaded;
        }
        if (_versions is null)
        {
            if (Begin(_nvml) is var begun and not NvmlReturn.Success)
                return Fail(_nvml, begun, "nvmlInit");
            _versions = NvmlVersions.Read(_nvml);
        }
        return _nvml.Read("nvmlDeviceGetCount_v2", out uint count) switch
        {
            not NvmlReturn.Success and var refused => Fail(_nvml, refused, "nvmlDeviceGetCount_v2"),
            // An idle server has cards too: none is a driver that cannot see them.
            _ when count == 0 => Fail(new InfraError("no_devices", $"{libraryName} finds no GPU although the driver is installed.")),
            _ => ReadCards(_nvml, _versions, count),
        };
    }

    GpuReading ReadCards(NvmlLibrary nvml, NvmlVersions versions, uint count)
    {
        List<GpuStatus> read = [];
        List<(int Index, NvmlReturn Code)> refused = [];
        HashSet<NvmlReturn> faults = [];
        for (var i = 0; i < count; i++)
        {
            if (nvml.Read("nvmlDeviceGetHandleByIndex_v2", (uint)i, out nint handle) is var code and not NvmlReturn.Success)
            {
                refused.Add((i, code));
                continue;
            }
            var device = new NvmlDevice(nvml, handle);
            var gpu = device.Read(i, versions);
            faults.UnionWith(device.Faults);
            if (gpu.Uuid is { } uuid && gpu.State is not GpuState.Lost)
            {
                _events.Listen(nvml, handle, uuid);
                _seen[uuid] = gpu;
            }
            read.Add(gpu.State is GpuState.Lost ? Recall(gpu) : gpu);
        }
        _events.Collect(nvml);

        // Cards of other containers are listed and not opened to this one: they are none of its business.
        refused.RemoveAll(card => card.Code == NvmlReturn.NoPermission);
        if (read.Count + refused.Count == 0)
            return Fail(nvml, NvmlReturn.NoPermission, "nvmlDeviceGetHandleByIndex_v2");

        read.AddRange(refused.Select(card => Recall(GpuHealth.Unreachable(card.Index, busId: null, StateOf(card.Code)))));
        read.AddRange(_seen.Values.Where(seen => read.All(gpu => gpu.Uuid != seen.Uuid)).ToList().Select(Gone));
        LeaveAfter([.. faults, .. refused.Select(card => card.Code)], read);
        var unreachable = read.Count(gpu => gpu.State is GpuState.Lost or GpuState.Error || gpu.Uuid is null);
        return new GpuReading.Read(
            [.. read.Select(gpu => gpu with { XidErrors = _events.Of(gpu.Uuid) })], GpuHealth.Lost(unreachable, read.Count));
    }

    static NvmlReturn Begin(NvmlLibrary nvml) =>
        nvml.Call("nvmlInitWithFlags", 0u) is var code and not NvmlReturn.FunctionNotFound ? code : nvml.Call("nvmlInit_v2");

    static GpuState StateOf(NvmlReturn code) => code switch
    {
        NvmlReturn.GpuIsLost or NvmlReturn.GpuNotFound => GpuState.Lost,
        NvmlReturn.ResetRequired => GpuState.ResetRequired,
        _ => GpuState.Error,
    };

    /// <summary>The card under the name it had when it could be reached.</summary>
    GpuStatus Recall(GpuStatus gpu) => Seen(gpu) is { } seen
        ? GpuHealth.Unreachable(gpu.Index, seen.PciBusId, gpu.State) with { Uuid = seen.Uuid, Name = seen.Name }
        : GpuHealth.Unreachable(gpu.Index, gpu.PciBusId, gpu.State) with { Uuid = gpu.Uuid, Name = gpu.Name };

    // Numbers change when a card leaves the list: one that still tells its UUID is that card.
    GpuStatus? Seen(GpuStatus gpu) =>
        gpu.Uuid is { } uuid ? _seen.GetValueOrDefault(uuid) : _seen.Values.FirstOrDefault(seen => seen.Index == gpu.Index);

    static GpuStatus Gone(GpuStatus seen) =>
        GpuHealth.Unreachable(index: null, seen.PciBusId, GpuState.Lost) with { Uuid = seen.Uuid, Name = seen.Name };

    /// <summary>
    /// Leaves the library after a fault that it does not get over; the next sample begins anew. A card that stays lost is no new fault, and leaving
    /// for it each time would miss the other cards' events.
    /// </summary>
    void LeaveAfter(IReadOnlyList<NvmlReturn> faults, IReadOnlyList<GpuStatus> gpus)
    {
        if (!faults.Any(NvmlFailure.EndsSession))
        {
            _losses = "";
            return;
        }
        var losses = string.Join(' ', gpus.Where(gpu => gpu.State is not GpuState.Ok).Select(gpu => $"{gpu.Index}:{gpu.Uuid}:{gpu.State}"));
        if (losses == _losses && faults.All(fault => fault is NvmlReturn.GpuIsLost || !NvmlFailure.EndsSession(fault)))
            return;
        _losses = losses;
        Leave();
    }

    GpuReading NotLoaded()
    {
        var words = $"{libraryName} cannot be loaded";
        return Executable.IsBareName(libraryName)
            ? new GpuReading.Absent($"{words}: the server has no NVIDIA driver, or the container was not given its utility libraries.")
            : new GpuReading.Failed(new InfraError("no_library", $"{words} (NVML_LIBRARY)."));
    }

    GpuReading.Failed Fail(NvmlLibrary nvml, NvmlReturn code, string function) =>
        Fail(NvmlFailure.Of(code, function, libraryName, nvml.Explain(code)));

    GpuReading.Failed Fail(InfraError error)
    {
        Leave();
        return new GpuReading.Failed(error);
    }

    void Leave()
    {
        if (_nvml is null)
            return;
        if (_versions is not null)
        {
            // What waits in the driver is lost when the library is left.
            _events.Collect(_nvml);
            _events.Close(_nvml);
            _nvml.Call("nvmlShutdown");
        }
        // Unloaded too: after an update of the driver the library on the disk is another.
        _nvml.Dispose();
        (_nvml, _versions) = (null, null);
    }
}
