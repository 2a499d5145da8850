using System.Globalization;
using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>Turns a row of <c>--query-gpu</c> into a GPU's status.</summary>
static class GpuRow
{
    public static GpuStatus Read(SmiRow row, string? cudaVersion)
    {
        var total = row.Whole(SmiField.MemoryTotal);
        var used = row.Whole(SmiField.MemoryUsed);
        var gpu = new GpuStatus
        {
            Index = (int?)row.Whole(SmiField.Index),
            Uuid = row.Text(SmiField.Uuid),
            Name = row.Text(SmiField.Name),
            State = GpuState.Unknown,
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
            Throttle = ClockReasons.Read(row.Mask(SmiField.ClockReasons)),
            Ecc = new GpuEcc { CorrectedVolatile = row.Whole(SmiField.CorrectedErrors), UncorrectedVolatile = row.Whole(SmiField.UncorrectedErrors) },
            RecoveryAction = row.Text(SmiField.RecoveryAction) is { } action ? GpuRecovery.OfWords(action) : null,
            Mig = new GpuMig { Enabled = Mig(row.Text(SmiField.MigMode)), Instances = [] },
        };
        return gpu with { State = Health(row).Judge(gpu) };
    }

    static GpuHealth Health(SmiRow row) => new(Says(row, "is lost"), Says(row, "requires reset"), Says(row, "Unknown Error"));

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
}
