using AiPlatform.Contracts.Infra;
using Microsoft.Extensions.Options;

namespace AiPlatform.InfraSidecar.Gpu.Nvml;

/// <summary>Reads the GPUs through the driver's library, and does not wait for a driver that hangs. Not for concurrent use.</summary>
sealed class NvmlSource(IOptions<InfraSidecarOptions> options, TimeProvider time)
{
    /// <summary>So many times the time for a call without an answer, and the driver counts as stuck.</summary>
    public const int MostLate = 3;

    /// <summary>A driver that was stuck and has let go of its call is tried again after this time.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    readonly GuardedThread _thread = new("nvml", time);
    readonly NvmlSession _session = new(options.Value.NvmlLibrary, time);
    readonly TimeSpan _timeout = options.Value.NvmlTimeout;

    int _late;
    long _lateAt;

    public async Task<GpuReading> ReadAsync(CancellationToken cancellationToken)
    {
        if (_late >= MostLate && (_thread.IsHeld || time.GetElapsedTime(_lateAt) < Rest))
            return Stuck();

        GpuReading? reading = null;
        // However often it is sampled: a call that hangs is late once for each time that it was given.
        if (_thread.IsHeld && time.GetElapsedTime(_lateAt) < _timeout)
            return Late();
        if (await _thread.TryRunAsync(() => reading = _session.Read(), _timeout, cancellationToken) && reading is not null)
        {
            _late = 0;
            return reading;
        }
        _late++;
        _lateAt = time.GetTimestamp();
        return _late >= MostLate ? Stuck() : Late();
    }

    GpuReading.Late Late() => new(new InfraError(
        "timeout", $"The driver did not answer a call of {options.Value.NvmlLibrary} within {_timeout.TotalSeconds:0.###} s (NVML_TIMEOUT)."));

    GpuReading.Failed Stuck() => new(new InfraError(
        "stuck",
        $"The driver holds a call of {options.Value.NvmlLibrary}, or answers later than {_timeout.TotalSeconds:0.###} s. "
            + "Its calls are not made any more until it lets go; the server probably needs a restart."));
}
