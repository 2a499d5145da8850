using System.Globalization;
using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>Turns a row of <c>--query-gpu</c> into a GPU's status.</summary>
static class GpuRow
{
    // Bits of nvmlClocksEventReasons. Idle (0x1), chosen application clocks (0x2) and display clocks (0x100) do not hold a busy card down.
    static readonly (ulong Bit, string Reason)[] Reasons =
    [
        (0x04, "power_cap"),
        (0x08, "hardware_slowdown"),
        (0x10, "sync_boost"),
        (0x20, "software_thermal"),
        (0x40, "hardware_thermal"),
        (0x80, "power_brake"),
    ];

    public static GpuStatus Read(SmiRow row, string? cudaVersion)
    {
        var total = row.Whole(SmiField.MemoryTotal);
        var used = row.Whole(SmiField.MemoryUsed);
        return new GpuStatus
        {
            Index = (int?)row.Whole(SmiField.Index),
            Uuid = row.Text(SmiField.Uuid),
            Name = row.Text(SmiField.Name),
            State = State(row),
            DriverVersion = row.Text(SmiField.DriverVersion),
            CudaVersion = cudaVersion,
            PciBusId = row.Text(SmiField.PciBusId),
            Utilization = new GpuUtilization
            {
                Gpu = Ratio(row, SmiField.GpuUtilization),
                MemoryController = Ratio(row, SmiField.MemoryUtilization),
                Encoder = Ratio(row, SmiField.EncoderUtilization),
                Decoder = Ratio(row, SmiField.DecoderUtilization),
            },
            Memory = new GpuMemory
            {
                TotalBytes = total,
                UsedBytes = used,
                FreeBytes = row.Whole(SmiField.MemoryFree),
                ReservedBytes = row.Whole(SmiField.MemoryReserved),
                Utilization = total > 0 && used is not null ? Math.Round((double)used / (double)total, 4) : null,
            },
            Temperature = new GpuTemperature { GpuC = row.Number(SmiField.GpuTemperature), MemoryC = row.Number(SmiField.MemoryTemperature) },
            Power = new GpuPower
            {
                DrawW = row.Number(SmiField.PowerDraw),
                LimitW = row.Number(SmiField.EnforcedPowerLimit) ?? row.Number(SmiField.PowerLimit),
            },
            Clocks = new GpuClocks { SmHz = row.Whole(SmiField.SmClock), MemoryHz = row.Whole(SmiField.MemoryClock) },
            FanRatio = Ratio(row, SmiField.FanSpeed),
            Pstate = Pstate(row.Text(SmiField.Pstate)),
            Throttle = Throttle(row.Mask(SmiField.ClockReasons)),
            Ecc = new GpuEcc { CorrectedVolatile = row.Whole(SmiField.CorrectedErrors), UncorrectedVolatile = row.Whole(SmiField.UncorrectedErrors) },
            RecoveryAction = row.Text(SmiField.RecoveryAction)?.ToLowerInvariant().Replace(' ', '_'),
            Mig = new GpuMig { Enabled = Mig(row.Text(SmiField.MigMode)), Instances = [] },
        };
    }

    /// <summary>A card of which the driver says no more than that it cannot be reached.</summary>
    public static GpuStatus Unreachable(int? index, string? busId, GpuState state) => new()
    {
        Index = index,
        State = state,
        PciBusId = busId,
        Utilization = new GpuUtilization(),
        Memory = new GpuMemory(),
        Temperature = new GpuTemperature(),
        Power = new GpuPower(),
        Clocks = new GpuClocks(),
        Throttle = new GpuThrottle { Reasons = [] },
        Ecc = new GpuEcc(),
        Mig = new GpuMig { Instances = [] },
    };

    static GpuState State(SmiRow row)
    {
        var recovery = row.Text(SmiField.RecoveryAction);
        if (Says(row, "is lost"))
            return GpuState.Lost;
        if (Says(row, "requires reset") || recovery == "GPU Reset")
            return GpuState.ResetRequired;
        if (Says(row, "Unknown Error"))
            return row.Number(SmiField.MemoryUsed) is null && row.Number(SmiField.GpuTemperature) is null ? GpuState.Error : GpuState.Degraded;
        if (recovery is not (null or "None") || row.Whole(SmiField.UncorrectedErrors) > 0)
            return GpuState.Degraded;
        return row.Number(SmiField.MemoryTotal) is null && row.Number(SmiField.GpuTemperature) is null ? GpuState.Unknown : GpuState.Ok;
    }

    static bool Says(SmiRow row, string words) => row.Cells.Any(cell => cell.Contains(words, StringComparison.OrdinalIgnoreCase));

    static double? Ratio(SmiRow row, SmiField field) => row.Number(field) is { } ratio ? Math.Round(ratio, 4) : null;

    static int? Pstate(string? text) =>
        text is ['P', .. var number] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var state) ? state : null;

    static bool? Mig(string? text) => text switch
    {
        "Enabled" => true,
        "Disabled" => false,
        _ => null,
    };

    static GpuThrottle Throttle(ulong? mask)
    {
        if (mask is not { } bits)
            return new GpuThrottle { Reasons = [] };
        string[] reasons = [.. Reasons.Where(reason => (bits & reason.Bit) != 0).Select(reason => reason.Reason)];
        return new GpuThrottle { Active = reasons.Length > 0, Reasons = reasons };
    }
}
