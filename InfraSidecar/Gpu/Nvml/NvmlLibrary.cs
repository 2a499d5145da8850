using System.Runtime.InteropServices;
using System.Text;

namespace AiPlatform.InfraSidecar.Gpu.Nvml;

/// <summary>
/// The driver's library. Functions are looked up by name when they are first called, and one that this driver lacks answers
/// <see cref="NvmlReturn.FunctionNotFound"/>: a feature less, not a failure. For one thread only.
/// </summary>
sealed unsafe class NvmlLibrary : IDisposable
{
    /// <summary>Room for every text the library gives: NVML_DEVICE_UUID_V2_BUFFER_SIZE is 96, process names are cut.</summary>
    const int TextLength = 1024;

    // WSL has the library beside the tools of the Windows driver, where the loader does not look.
    const string WslFolder = "/usr/lib/wsl/lib/";

    readonly nint _library;
    readonly Dictionary<string, nint> _functions = [];

    NvmlLibrary(nint library) => _library = library;

    /// <summary>Null when there is no such library, or it cannot be loaded.</summary>
    public static NvmlLibrary? Load(string name)
    {
        string[] places = Executable.IsBareName(name) ? [name, WslFolder + name, "nvml.dll"] : [Path.GetFullPath(name)];
        foreach (var place in places)
        {
            if (NativeLibrary.TryLoad(place, out var library))
                return new NvmlLibrary(library);
        }
        return null;
    }

    public NvmlReturn Call(string function) =>
        Find(function) is var address and not 0 ? ((delegate* unmanaged[Cdecl]<NvmlReturn>)address)() : NvmlReturn.FunctionNotFound;

    public NvmlReturn Call(string function, uint argument) =>
        Find(function) is var address and not 0 ? ((delegate* unmanaged[Cdecl]<uint, NvmlReturn>)address)(argument) : NvmlReturn.FunctionNotFound;

    public NvmlReturn Call(string function, nint handle) =>
        Find(function) is var address and not 0 ? ((delegate* unmanaged[Cdecl]<nint, NvmlReturn>)address)(handle) : NvmlReturn.FunctionNotFound;

    public NvmlReturn Call(string function, nint device, ulong mask, nint set) => Find(function) is var address and not 0
        ? ((delegate* unmanaged[Cdecl]<nint, ulong, nint, NvmlReturn>)address)(device, mask, set)
        : NvmlReturn.FunctionNotFound;

    /// <summary>Without a device: counts and versions, and new handles.</summary>
    public NvmlReturn Read<T>(string function, out T value)
        where T : unmanaged
    {
        T read = default;
        var code = Find(function) is var address and not 0
            ? ((delegate* unmanaged[Cdecl]<T*, NvmlReturn>)address)(&read)
            : NvmlReturn.FunctionNotFound;
        value = read;
        return code;
    }

    public NvmlReturn Read<T>(string function, uint argument, out T value)
        where T : unmanaged
    {
        T read = default;
        var code = Find(function) is var address and not 0
            ? ((delegate* unmanaged[Cdecl]<uint, T*, NvmlReturn>)address)(argument, &read)
            : NvmlReturn.FunctionNotFound;
        value = read;
        return code;
    }

    /// <param name="value">Filled by the library, which may read a version from it first.</param>
    public NvmlReturn Fill<T>(string function, nint device, ref T value)
        where T : unmanaged
    {
        if (Find(function) is not (var address and not 0))
            return NvmlReturn.FunctionNotFound;
        fixed (T* place = &value)
            return ((delegate* unmanaged[Cdecl]<nint, T*, NvmlReturn>)address)(device, place);
    }

    public NvmlReturn ReadPair(string function, nint device, out uint first, out uint second)
    {
        (uint one, uint two) = (0, 0);
        var code = Find(function) is var address and not 0
            ? ((delegate* unmanaged[Cdecl]<nint, uint*, uint*, NvmlReturn>)address)(device, &one, &two)
            : NvmlReturn.FunctionNotFound;
        (first, second) = (one, two);
        return code;
    }

    public NvmlReturn ReadKind<T>(string function, nint device, uint kind, out T value)
        where T : unmanaged
    {
        T read = default;
        var code = Find(function) is var address and not 0
            ? ((delegate* unmanaged[Cdecl]<nint, uint, T*, NvmlReturn>)address)(device, kind, &read)
            : NvmlReturn.FunctionNotFound;
        value = read;
        return code;
    }

    public NvmlReturn ReadErrors(nint device, uint errorType, uint counterType, out ulong count)
    {
        ulong read = 0;
        var code = Find("nvmlDeviceGetTotalEccErrors") is var address and not 0
            ? ((delegate* unmanaged[Cdecl]<nint, uint, uint, ulong*, NvmlReturn>)address)(device, errorType, counterType, &read)
            : NvmlReturn.FunctionNotFound;
        count = read;
        return code;
    }

    /// <param name="items">Filled as far as there are any; too short is <see cref="NvmlReturn.InsufficientSize"/>.</param>
    /// <param name="count">How many there are.</param>
    public NvmlReturn ReadList<T>(string function, nint device, Span<T> items, out uint count)
        where T : unmanaged
    {
        var number = (uint)items.Length;
        var code = NvmlReturn.FunctionNotFound;
        if (Find(function) is var address and not 0)
        {
            fixed (T* place = items)
                code = ((delegate* unmanaged[Cdecl]<nint, uint*, T*, NvmlReturn>)address)(device, &number, place);
        }
        count = number;
        return code;
    }

    public NvmlReturn FillFields(nint device, Span<NvmlFieldValue> fields)
    {
        if (Find("nvmlDeviceGetFieldValues") is not (var address and not 0))
            return NvmlReturn.FunctionNotFound;
        fixed (NvmlFieldValue* place = fields)
            return ((delegate* unmanaged[Cdecl]<nint, int, NvmlFieldValue*, NvmlReturn>)address)(device, fields.Length, place);
    }

    public NvmlReturn NextEvent(nint set, uint milliseconds, out NvmlEvent found)
    {
        NvmlEvent read = default;
        var code = Find("nvmlEventSetWait_v2") is var address and not 0
            ? ((delegate* unmanaged[Cdecl]<nint, NvmlEvent*, uint, NvmlReturn>)address)(set, &read, milliseconds)
            : NvmlReturn.FunctionNotFound;
        found = read;
        return code;
    }

    public NvmlReturn ReadText(string function, nint device, out string text)
    {
        var buffer = stackalloc byte[TextLength];
        var code = Find(function) is var address and not 0
            ? ((delegate* unmanaged[Cdecl]<nint, byte*, uint, NvmlReturn>)address)(device, buffer, TextLength)
            : NvmlReturn.FunctionNotFound;
        text = code == NvmlReturn.Success ? Text(new ReadOnlySpan<byte>(buffer, TextLength)) : "";
        return code;
    }

    public NvmlReturn ReadText(string function, out string text)
    {
        var buffer = stackalloc byte[TextLength];
        var code = Find(function) is var address and not 0
            ? ((delegate* unmanaged[Cdecl]<byte*, uint, NvmlReturn>)address)(buffer, TextLength)
            : NvmlReturn.FunctionNotFound;
        text = code == NvmlReturn.Success ? Text(new ReadOnlySpan<byte>(buffer, TextLength)) : "";
        return code;
    }

    public NvmlReturn ReadProcessName(uint pid, out string name)
    {
        var buffer = stackalloc byte[TextLength];
        var code = Find("nvmlSystemGetProcessName") is var address and not 0
            ? ((delegate* unmanaged[Cdecl]<uint, byte*, uint, NvmlReturn>)address)(pid, buffer, TextLength)
            : NvmlReturn.FunctionNotFound;
        name = code == NvmlReturn.Success ? Text(new ReadOnlySpan<byte>(buffer, TextLength)) : "";
        return code;
    }

    /// <summary>The library's words for a code.</summary>
    public string Explain(NvmlReturn code)
    {
        if (Find("nvmlErrorString") is not (var address and not 0))
            return "";
        return Marshal.PtrToStringUTF8((nint)((delegate* unmanaged[Cdecl]<NvmlReturn, byte*>)address)(code)) ?? "";
    }

    public void Dispose() => NativeLibrary.Free(_library);

    public static string Text(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    nint Find(string function)
    {
        if (!_functions.TryGetValue(function, out var address))
            _functions[function] = address = NativeLibrary.TryGetExport(_library, function, out var found) ? found : 0;
        return address;
    }
}
