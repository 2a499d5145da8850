using System.Globalization;

namespace AiPlatform.InfraSidecar.Gpu.Nvml;

/// <summary>Driver and CUDA version, such as 590.48.01 and 13.1; null where the library does not tell.</summary>
sealed record NvmlVersions(string? Driver, string? Cuda)
{
    /// <summary>The drivers 535.43 to 535.85 write process lists in a form that no header describes (wookayin/gpustat#161).</summary>
    public bool TellsProcesses => !(Driver?.Split('.') is ["535", var minor, ..]
        && int.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 43 and <= 85);

    public static NvmlVersions Read(NvmlLibrary nvml)
    {
        var driver = nvml.ReadText("nvmlSystemGetDriverVersion", out var text) == NvmlReturn.Success ? text : null;
        var cuda = nvml.Read("nvmlSystemGetCudaDriverVersion_v2", out int number) == NvmlReturn.Success
            ? string.Create(CultureInfo.InvariantCulture, $"{number / 1000}.{number % 1000 / 10}")
            : null;
        return new NvmlVersions(driver, cuda);
    }
}
