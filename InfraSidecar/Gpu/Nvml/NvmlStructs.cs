using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AiPlatform.InfraSidecar.Gpu.Nvml;

/// <summary>nvmlMemory_t: <c>Used</c> has what driver and firmware hold in it.</summary>
[StructLayout(LayoutKind.Sequential)]
struct NvmlMemory
{
    public ulong Total;
    public ulong Free;
    public ulong Used;
}

/// <summary>nvmlMemory_v2_t. The library refuses it when size and version do not fit.</summary>
[StructLayout(LayoutKind.Sequential)]
struct NvmlMemoryV2
{
    public uint Version;
    public ulong Total;
    public ulong Reserved;
    public ulong Free;
    public ulong Used;
}

/// <summary>nvmlUtilization_t, in percent.</summary>
[StructLayout(LayoutKind.Sequential)]
struct NvmlUtilization
{
    public uint Gpu;
    public uint Memory;
}

/// <summary>nvmlTemperature_v1_t.</summary>
[StructLayout(LayoutKind.Sequential)]
struct NvmlTemperature
{
    public uint Version;
    public uint Sensor;
    public int Celsius;
}

/// <summary>nvmlPciInfo_t.</summary>
[StructLayout(LayoutKind.Sequential)]
struct NvmlPciInfo
{
    public NvmlBytes16 BusIdLegacy;
    public uint Domain;
    public uint Bus;
    public uint Device;
    public uint PciDeviceId;
    public uint PciSubSystemId;
    public NvmlBytes32 BusId;
}

/// <summary>nvmlProcessInfo_v2_t.</summary>
[StructLayout(LayoutKind.Sequential)]
struct NvmlProcess
{
    public uint Pid;

    /// <summary>All bits set where the driver does not tell.</summary>
    public ulong UsedBytes;

    public uint GpuInstanceId;
    public uint ComputeInstanceId;
}

/// <summary>nvmlFieldValue_t. <c>Field</c> is asked for; each answer has a return code of its own.</summary>
[StructLayout(LayoutKind.Sequential)]
struct NvmlFieldValue
{
    public uint Field;
    public uint Scope;
    public long Timestamp;
    public long LatencyMicroseconds;
    public uint ValueType;
    public NvmlReturn Return;
    public ulong Value;
}

/// <summary>nvmlEventData_t.</summary>
[StructLayout(LayoutKind.Sequential)]
struct NvmlEvent
{
    public nint Device;
    public ulong EventType;

    /// <summary>The number of the XID error.</summary>
    public ulong EventData;

    public uint GpuInstanceId;
    public uint ComputeInstanceId;
}

[InlineArray(16)]
struct NvmlBytes16
{
    byte _first;
}

[InlineArray(32)]
struct NvmlBytes32
{
    byte _first;
}
