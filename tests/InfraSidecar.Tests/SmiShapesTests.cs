using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Gpu;

namespace AiPlatform.InfraSidecar.Tests;

/// <summary>What nvidia-smi of many drivers and cards has been seen to print.</summary>
public sealed class SmiShapesTests
{
    [Theory]
    [InlineData("59 MiB", "MiB", 61_865_984d)]
    [InlineData("59", "MiB", 61_865_984d)]
    [InlineData("2 GiB", null, 2_147_483_648d)]
    [InlineData("0 MiB", "MiB", 0d)]
    [InlineData("71.15 W", "W", 71.15)]
    [InlineData("71.15", "W", 71.15)]
    [InlineData("38 %", "%", 0.38)]
    [InlineData("38", "%", 0.38)]
    [InlineData("345 MHz", "MHz", 345_000_000d)]
    [InlineData("59", null, 59d)]
    [InlineData("59 C", null, 59d)]
    [InlineData("[N/A]", "W", null)]
    [InlineData("N/A", null, null)]
    [InlineData("[Not Supported]", "%", null)]
    [InlineData("[Requested functionality has been deprecated]", "%", null)]
    [InlineData("[Insufficient Permissions]", "MiB", null)]
    [InlineData("[Unknown Error]", "W", null)]
    [InlineData("[GPU requires reset]", null, null)]
    [InlineData("ERR!", "W", null)]
    [InlineData("", "W", null)]
    [InlineData("12 parsecs", "W", null)]
    [InlineData("-1", null, null)]
    [InlineData("NaN", null, null)]
    [InlineData("1e400", null, null)]
    public void A_value_is_read_in_base_units_or_not_known(string cell, string? columnUnit, double? expected)
    {
        if (Unit.Read(cell, columnUnit) is { } value && expected is { } number)
            Assert.Equal(number, value, 6);
        else
            Assert.Equal(expected, Unit.Read(cell, columnUnit));
    }

    [Theory]
    [InlineData("index, uuid, memory.used [MiB], utilization.gpu [%]", "0, GPU-a, 59 MiB, 38 %")]
    [InlineData("index, uuid, memory.used [MiB], utilization.gpu [%]", "0, GPU-a, 59, 38")]
    [InlineData("index, gpu_uuid, memory.used [MiB], utilization.gpu [%], a.column.of.later [furlongs]", "0, GPU-a, 59 MiB, 38 %, 7 furlongs")]
    [InlineData("index, timestamp, uuid, memory.used [MiB], utilization.gpu [%]", "0, 2026/07/14 09:00:27.792, GPU-a, 59 MiB, 38 %")]
    [InlineData("WARNING: infoROM is corrupted at gpu 0000:02:00.0\nindex, uuid, memory.used [MiB], utilization.gpu [%]", "0, GPU-a, 59 MiB, 38 %\r")]
    public void Units_stand_in_the_header_in_the_values_or_in_both(string header, string row)
    {
        var gpu = GpuRow.Read(Assert.Single(SmiTable.Parse($"{header}\n{row}\n", "index").Rows), cudaVersion: null);

        Assert.Equal((0, "GPU-a", 61_865_984, 0.38), (gpu.Index, gpu.Uuid, gpu.Memory.UsedBytes, gpu.Utilization.Gpu));
    }

    [Theory]
    [InlineData("0, GPU-a, 59 MiB")]
    [InlineData("0, GPU-a, Unknown, brand, 59 MiB, 38 %")]
    [InlineData("No devices were found")]
    public void A_row_of_another_width_is_not_guessed_at(string row)
    {
        var table = SmiTable.Parse($"index, uuid, memory.used [MiB], utilization.gpu [%]\n{row}\n1, GPU-b, 0 MiB, 100 %\n", "index");

        Assert.Equal([row], table.Remarks);
        // 0 MiB at full load is what a card without persistence mode says: it is passed on, not interpreted.
        Assert.Equal((0L, 1d), GpuRow.Read(Assert.Single(table.Rows), null) is var gpu ? (gpu.Memory.UsedBytes, gpu.Utilization.Gpu) : default);
    }

    [Theory]
    [InlineData("None", "none", GpuState.Unknown)]
    [InlineData("Reset", "gpu_reset", GpuState.ResetRequired)]
    [InlineData("GPU Reset", "gpu_reset", GpuState.ResetRequired)]
    [InlineData("Reboot", "node_reboot", GpuState.ResetRequired)]
    [InlineData("Node Reboot", "node_reboot", GpuState.ResetRequired)]
    [InlineData("Drain P2P", "drain_p2p", GpuState.Degraded)]
    [InlineData("Drain and Reset", "drain_and_reset", GpuState.Degraded)]
    [InlineData("Of A Later Driver", "unknown", GpuState.Degraded)]
    [InlineData("[N/A]", null, GpuState.Unknown)]
    public void What_the_driver_asks_for_has_the_names_of_the_library(string words, string? expected, GpuState state)
    {
        var gpu = GpuRow.Read(Assert.Single(SmiTable.Parse($"index, gpu_recovery_action\n0, {words}\n", "index").Rows), null);

        Assert.Equal((expected, state), (gpu.RecoveryAction, gpu.State));
    }

    [Theory]
    [InlineData("clocks_event_reasons.active", "0x0000000000000000", false, "")]
    [InlineData("clocks_event_reasons.active", "0x0000000000000001", false, "")]
    [InlineData("clocks_event_reasons.active", "0x0000000000000024", true, "power_cap,software_thermal")]
    [InlineData("clocks_throttle_reasons.active", "0x00000000000000C8", true, "hardware_slowdown,hardware_thermal,power_brake")]
    [InlineData("clocks_throttle_reasons.active", "[N/A]", null, "")]
    [InlineData("clocks_event_reasons.active", "Not Active", null, "")]
    public void Reasons_that_hold_clocks_down_are_named(string column, string mask, bool? active, string reasons)
    {
        var row = Assert.Single(SmiTable.Parse($"index, {column}\n0, {mask}\n", "index").Rows);

        var throttle = GpuRow.Read(row, null).Throttle;

        Assert.Equal((active, reasons), (throttle.Active, string.Join(',', throttle.Reasons)));
    }

    [Theory]
    [InlineData("pstate", "P8", 8)]
    [InlineData("pstate", "[Unknown Error]", null)]
    [InlineData("pstate", "ERR!", null)]
    public void Performance_states_are_numbers(string column, string value, int? expected) => Assert.Equal(
        expected, GpuRow.Read(Assert.Single(SmiTable.Parse($"index, {column}\n0, {value}\n", "index").Rows), null).Pstate);

    [Fact]
    public void The_list_of_a_server_with_slices_is_read()
    {
        const string List =
            """
            GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-a)
              MIG 3g.40gb     Device  0: (UUID: MIG-1)
              MIG 1g.10gb+me  Device  1: (UUID: MIG-GPU-a/7/0)
            GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-b)
              MIG 1c.3g.20gb  Device 12: (UUID: MIG-2)
            GPU 2: NVIDIA L40S (UUID: GPU-c)
            """;

        var slices = SmiText.MigInstances(List);

        Assert.Equal([new GpuInstance(0, "MIG-1", "3g.40gb"), new GpuInstance(1, "MIG-GPU-a/7/0", "1g.10gb+me")], slices["GPU-a"]);
        Assert.Equal([new GpuInstance(12, "MIG-2", "1c.3g.20gb")], slices["GPU-b"]);
        Assert.Empty(slices["GPU-c"]);
    }

    [Theory]
    [InlineData("NVIDIA-SMI version  : 590.48.01\nCUDA Version        : 13.1\n", "13.1")]
    [InlineData("NVIDIA-SMI version  : 545.23\nCUDA version : 12.3\r\n", "12.3")]
    [InlineData("CUDA Version : ERR!", null)]
    [InlineData("", null)]
    public void The_CUDA_version_is_read_where_it_is_said(string text, string? expected) => Assert.Equal(expected, SmiText.CudaVersion(text));

    [Fact]
    public void The_names_of_columns_are_those_in_quotes() => Assert.Equal(
        ["gpu_uuid", "memory.used", "name", "uuid"],
        SmiText.FieldNames(
            """
            List of valid properties to query for the switch "--query-gpu":

            "name"
            The official product name of the GPU.

            "uuid" or "gpu_uuid"
            This value is the globally unique identifier of the GPU.

            "memory.used"
            Total memory allocated by active contexts.
            """).Order());
}
