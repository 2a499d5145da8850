namespace AiPlatform.InfraSidecar.Gpu.Nvml;

/// <summary>Return codes of the driver library that something is done about; others may come.</summary>
enum NvmlReturn
{
    Success = 0,
    Uninitialized = 1,
    NotSupported = 3,
    NoPermission = 4,
    NotFound = 6,
    InsufficientSize = 7,
    DriverNotLoaded = 9,
    Timeout = 10,
    LibraryNotFound = 12,
    FunctionNotFound = 13,
    GpuIsLost = 15,
    ResetRequired = 16,
    DriverMismatch = 18,
    VersionMismatch = 25,
    Deprecated = 26,
    GpuNotFound = 28,
    Unknown = 999,
}
