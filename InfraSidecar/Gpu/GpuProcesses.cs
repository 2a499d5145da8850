using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>Reads <c>--query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory</c>.</summary>
static class GpuProcesses
{
    static readonly SmiField Gpu = new("gpu_uuid");
    static readonly SmiField Pid = new("pid");
    static readonly SmiField Name = new("process_name", "name");
    static readonly SmiField Memory = new("used_gpu_memory", "used_memory");

    /// <summary>The processes by the UUID of their card.</summary>
    public static ILookup<string, GpuProcess> Read(string output) =>
        SmiTable.Parse(output, Gpu.Names[0], freeColumn: 2).Rows
            .Where(row => row.Whole(Pid) is > 0 and <= int.MaxValue)
            .ToLookup(row => row.Text(Gpu) ?? "", Describe, StringComparer.Ordinal);

    static GpuProcess Describe(SmiRow row) => new()
    {
        Pid = (int)row.Whole(Pid)!.Value,
        Name = SmiText.ProgramName(row.Text(Name)),
        UsedBytes = row.Whole(Memory),
    };
}
