namespace AiPlatform.InfraSidecar.Tests.Fakes;

/// <summary>What drivers say of cards: column, unit and value as nvidia-smi prints them.</summary>
static class Cards
{
    public const string H100 =
        """
        index=0
        uuid=GPU-5f2c1a77-0d3e-4f5b-9f0e-2b1f7f0b6c11
        name=NVIDIA H100 80GB HBM3
        pci.bus_id=00000000:00:09.0
        driver_version=590.48.01
        pstate=P0
        fan.speed [%]=[N/A]
        temperature.gpu=59
        temperature.memory=54
        utilization.gpu [%]=97 %
        utilization.memory [%]=11 %
        utilization.encoder [%]=0 %
        utilization.decoder [%]=0 %
        memory.total [MiB]=81559 MiB
        memory.used [MiB]=19818 MiB
        memory.free [MiB]=61262 MiB
        memory.reserved [MiB]=479 MiB
        power.draw [W]=631.95 W
        enforced.power.limit [W]=700.00 W
        power.limit [W]=700.00 W
        clocks.current.sm [MHz]=1980 MHz
        clocks.current.memory [MHz]=2619 MHz
        clocks_event_reasons.active=0x0000000000000004
        ecc.errors.corrected.volatile.total=0
        ecc.errors.uncorrected.volatile.total=0
        mig.mode.current=Disabled
        gpu_recovery_action=None
        """;

    /// <summary>An older driver: fewer columns, and the clock reasons under their former name.</summary>
    public const string Gtx1080 =
        """
        index=0
        uuid=GPU-0b3a6f0e-73d1-4a4b-8c55-1d6a4b1f9f10
        name=NVIDIA GeForce GTX 1080
        pci.bus_id=00000000:01:00.0
        driver_version=470.256.02
        pstate=P8
        fan.speed [%]=27 %
        temperature.gpu=38
        utilization.gpu [%]=0 %
        utilization.memory [%]=1 %
        memory.total [MiB]=8119 MiB
        memory.used [MiB]=59 MiB
        memory.free [MiB]=8060 MiB
        power.draw [W]=7.42 W
        power.limit [W]=180.00 W
        clocks.current.sm [MHz]=139 MHz
        clocks.current.memory [MHz]=405 MHz
        clocks_throttle_reasons.active=0x0000000000000001
        """;

    /// <summary>The card with some of its values replaced, by column name without unit.</summary>
    public static string With(this string card, params (string Column, string Value)[] changes)
    {
        foreach (var (column, value) in changes)
        {
            var lines = card.ReplaceLineEndings("\n").Split('\n');
            var at = Array.FindIndex(lines, line => line.Split('=')[0].Split(' ')[0] == column);
            lines[at] = lines[at].Split('=')[0] + "=" + value;
            card = string.Join('\n', lines);
        }
        return card;
    }
}
