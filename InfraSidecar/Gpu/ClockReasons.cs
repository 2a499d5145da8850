using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>Why a card's clocks are held down, from nvmlClocksEventReasons.</summary>
static class ClockReasons
{
    // Idle (0x1), chosen application clocks (0x2) and display clocks (0x100) do not hold a busy card down.
    static readonly (ulong Bit, string Reason)[] Reasons =
    [
        (0x04, "power_cap"),
        (0x08, "hardware_slowdown"),
        (0x10, "sync_boost"),
        (0x20, "software_thermal"),
        (0x40, "hardware_thermal"),
        (0x80, "power_brake"),
    ];

    public static GpuThrottle Read(ulong? mask)
    {
        if (mask is not { } bits)
            return new GpuThrottle { Reasons = [] };
        string[] reasons = [.. Reasons.Where(reason => (bits & reason.Bit) != 0).Select(reason => reason.Reason)];
        return new GpuThrottle { Active = reasons.Length > 0, Reasons = reasons };
    }
}
