using System.Collections.Frozen;
using AiPlatform.Contracts.Infra;
using Microsoft.Extensions.Options;

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>Reads the GPUs through nvidia-smi. Not for concurrent use.</summary>
sealed class NvidiaSmi(IOptions<InfraSidecarOptions> options, TimeProvider time)
{
    readonly Command _command = new(time);
    readonly TimeSpan _timeout = options.Value.NvidiaSmiTimeout;

    FrozenSet<string>? _known;
    string? _cudaVersion;

    public async Task<GpuReading> ReadAsync(CancellationToken cancellationToken)
    {
        var configured = options.Value.NvidiaSmiPath;
        if (Executable.Find(configured) is not { } path)
        {
            return Executable.IsBareName(configured)
                ? new GpuReading.Absent($"{configured} is not on the PATH: the server has no NVIDIA GPU, or the container was not given one.")
                : new GpuReading.Failed(new("not_found", $"{configured} does not exist or may not be executed (NVIDIA_SMI_PATH)."));
        }

        using var end = new CancellationTokenSource(_timeout, time);
        var run = new Run(this, path, end.Token, cancellationToken);
        return await run.ReadAsync();
    }

    /// <summary>One sample: up to five calls, together within one timeout.</summary>
    sealed class Run(NvidiaSmi smi, string path, CancellationToken end, CancellationToken cancellationToken)
    {
        public async Task<GpuReading> ReadAsync()
        {
            if (await LearnAsync() is { } hung)
                return new GpuReading.Failed(Explain(hung));

            var fields = Fields();
            var outcome = await CallAsync($"--query-gpu={string.Join(',', fields)}", "--format=csv");
            if (outcome is not CommandOutcome.Exited exited)
                return new GpuReading.Failed(Explain(outcome));

            // Error lines may stand beside good rows, whatever the exit code is.
            var table = SmiTable.Parse(exited.Output, fields[0]);
            var unreachable = table.Remarks.Select(SmiText.UnreachableGpu).OfType<GpuStatus>().ToList();
            if (table.Rows.Count + unreachable.Count == 0)
            {
                // The driver was replaced under us and no longer knows a column.
                if (exited.Code == 2)
                    smi._known = null;
                return new GpuReading.Failed(Explain(outcome));
            }

            IReadOnlyList<GpuStatus> gpus = [.. table.Rows.Select(row => GpuRow.Read(row, smi._cudaVersion)), .. unreachable];
            var lost = GpuHealth.Lost(unreachable.Count, gpus.Count);
            var (withSlices, sliceError) = await AddSlicesAsync(gpus);
            var (withProcesses, processError) = await AddProcessesAsync(withSlices);
            return new GpuReading.Read(withProcesses, lost ?? sliceError ?? processError ?? (exited.Code == 0 ? null : Explain(exited)));
        }

        /// <summary>Which columns this driver knows: a single one it does not know fails the whole call.</summary>
        async Task<CommandOutcome?> LearnAsync()
        {
            if (smi._known is not null)
                return null;
            var help = await CallAsync("--help-query-gpu");
            if (help is not CommandOutcome.Exited { Output: var names })
                return help;
            var version = await CallAsync("--version");
            smi._cudaVersion = version is CommandOutcome.Exited { Code: 0, Output: var text } ? SmiText.CudaVersion(text) : null;
            smi._known = SmiText.FieldNames(names) is { Count: > 0 } known ? known : null;
            return null;
        }

        string[] Fields() => smi._known is { } known
            ? [.. SmiField.All.Select(field => field.Names.FirstOrDefault(known.Contains)).OfType<string>()]
            : [.. SmiField.Basic.Select(field => field.Names[0])];

        async Task<(IReadOnlyList<GpuStatus>, InfraError?)> AddSlicesAsync(IReadOnlyList<GpuStatus> gpus)
        {
            if (gpus.All(gpu => gpu.Mig.Enabled is not true))
                return (gpus, null);
            var list = await CallAsync("-L");
            if (list is not CommandOutcome.Exited { Code: 0, Output: var lines })
                return (gpus, Explain(list));
            var slices = SmiText.MigInstances(lines);
            return ([.. gpus.Select(gpu => gpu with { Mig = gpu.Mig with { Instances = [.. slices[gpu.Uuid ?? ""]] } })], null);
        }

        async Task<(IReadOnlyList<GpuStatus>, InfraError?)> AddProcessesAsync(IReadOnlyList<GpuStatus> gpus)
        {
            var apps = await CallAsync("--query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory", "--format=csv");
            if (apps is not CommandOutcome.Exited exited)
                return (gpus, Explain(apps));
            // Where processes cannot be told, such as under WSL, the cards still can.
            if (exited.Code != 0)
                return (gpus, null);
            var byGpu = GpuProcesses.Read(exited.Output);
            return ([.. gpus.Select(gpu => gpu.Uuid is null ? gpu : gpu with { Processes = [.. byGpu[gpu.Uuid]] })], null);
        }

        Task<CommandOutcome> CallAsync(params string[] arguments) => smi._command.RunAsync(path, arguments, end, cancellationToken);

        InfraError Explain(CommandOutcome outcome) => SmiFailure.Of(outcome, path, smi._timeout);
    }
}
