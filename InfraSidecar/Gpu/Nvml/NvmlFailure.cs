using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Gpu.Nvml;

/// <summary>What is said when the driver's library refuses.</summary>
static class NvmlFailure
{
    /// <summary>After these the library knows nothing any more: it is left and begun anew.</summary>
    public static bool EndsSession(NvmlReturn code) => code is NvmlReturn.Uninitialized or NvmlReturn.DriverNotLoaded or NvmlReturn.GpuIsLost
        or NvmlReturn.DriverMismatch or NvmlReturn.GpuNotFound;

    public static InfraError Of(NvmlReturn code, string function, string library, string words) => new(
        Code(code), $"{function} of {library} returned {(int)code}{(words.Length == 0 ? "" : $" ({words})")}.");

    static string Code(NvmlReturn code) => code switch
    {
        NvmlReturn.NoPermission => "no_permission",
        NvmlReturn.DriverNotLoaded => "driver_not_loaded",
        NvmlReturn.LibraryNotFound => "no_library",
        NvmlReturn.GpuIsLost => "gpu_lost",
        NvmlReturn.DriverMismatch => "driver_mismatch",
        _ => "failed",
    };
}
