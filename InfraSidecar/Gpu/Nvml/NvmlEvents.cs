using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Gpu.Nvml;

/// <summary>Counts the errors that the driver reports of its cards. They wait in the driver from one sample to the next.</summary>
sealed class NvmlEvents(TimeProvider time)
{
    const ulong Xid = 0x8;

    // A card that is broken reports the same error without end.
    const int MostAtATime = 1000;

    const int MostKinds = 64;

    readonly Dictionary<string, SortedDictionary<int, GpuXid>> _counts = [];
    readonly Dictionary<nint, string> _listened = [];

    nint _set;

    /// <summary>Listens to a card from now on; once is enough.</summary>
    public void Listen(NvmlLibrary nvml, nint device, string uuid)
    {
        if (_set == 0 && nvml.Read("nvmlEventSetCreate", out _set) != NvmlReturn.Success)
            _set = 0;
        if (_set != 0 && !_listened.ContainsKey(device) && nvml.Call("nvmlDeviceRegisterEvents", device, Xid, _set) == NvmlReturn.Success)
            _listened[device] = uuid;
    }

    /// <summary>Takes what has come since the last time; does not wait for more.</summary>
    public void Collect(NvmlLibrary nvml)
    {
        if (_listened.Count == 0)
            return;
        for (var i = 0; i < MostAtATime && nvml.NextEvent(_set, milliseconds: 0, out var found) == NvmlReturn.Success; i++)
        {
            if (found.EventType == Xid && found.EventData <= int.MaxValue && _listened.TryGetValue(found.Device, out var uuid))
                Count(uuid, (int)found.EventData);
        }
    }

    /// <summary>Null for a card that cannot be listened to.</summary>
    public IReadOnlyList<GpuXid>? Of(string? uuid) => uuid is null || (!_listened.ContainsValue(uuid) && !_counts.ContainsKey(uuid))
        ? null
        : _counts.TryGetValue(uuid, out var counts) ? [.. counts.Values] : [];

    /// <summary>Before the library is left. The counts stay.</summary>
    public void Close(NvmlLibrary nvml)
    {
        if (_set != 0)
            nvml.Call("nvmlEventSetFree", _set);
        _set = 0;
        _listened.Clear();
    }

    void Count(string uuid, int code)
    {
        if (!_counts.TryGetValue(uuid, out var counts))
            _counts[uuid] = counts = [];
        if (counts.TryGetValue(code, out var known) || counts.Count < MostKinds)
            counts[code] = new GpuXid(code, (known?.Count ?? 0) + 1, time.GetUtcNow());
    }
}
