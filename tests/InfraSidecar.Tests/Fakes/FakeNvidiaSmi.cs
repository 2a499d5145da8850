using System.Diagnostics;
using System.Globalization;

namespace AiPlatform.InfraSidecar.Tests.Fakes;

/// <summary>An executable in a folder of its own that answers as nvidia-smi does.</summary>
sealed class FakeNvidiaSmi : IDisposable
{
    // As the real one: it answers the columns asked for, in that order, and refuses the whole call for a single one that it does not know.
    const string Faithful =
        """
        case "$1" in
        --help-query-gpu)
          echo 'List of valid properties to query for the switch "--query-gpu=":'
          sed 's/=.*//; s/ \[.*//; s/.*/"&"\nWhat it is.\n/' gpu-0 ;;
        --version) printf 'NVIDIA-SMI version  : 590.48.01\nDRIVER version      : 590.48.01\nCUDA Version        : 13.1\n' ;;
        -L) cat list ;;
        --query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory) cat apps ;;
        --query-gpu=*)
          awk -F= -v asked="${1#--query-gpu=}" '
            FNR == 1 { cards++ }
            { name = $1; sub(/ \[.*/, "", name); head[name] = $1; value[cards, name] = $2 }
            END {
              n = split(asked, field, ",")
              for (i = 1; i <= n; i++)
                if (!(field[i] in head)) { printf "Field \"%s\" is not a valid field to query.\n\n", field[i]; exit 2 }
              for (i = 1; i <= n; i++) printf "%s%s", head[field[i]], i < n ? ", " : "\n"
              for (c = 1; c <= cards; c++)
                for (i = 1; i <= n; i++) printf "%s%s", value[c, field[i]], i < n ? ", " : "\n"
            }' gpu-* || exit 2
          cat remarks >&2 ;;
        *) echo "Invalid combination of input arguments."; exit 2 ;;
        esac
        """;

    readonly string _folder = Directory.CreateTempSubdirectory("nvidia-smi-").FullName;

    public string Path => System.IO.Path.Combine(_folder, "nvidia-smi");

    /// <summary>The setting that makes the sidecar use it.</summary>
    public string Setting => $"NVIDIA_SMI_PATH={Path}";

    /// <param name="cards">For each card, lines such as <c>memory.used [MiB]=59 MiB</c>.</param>
    public static async Task<FakeNvidiaSmi> WithCardsAsync(params string[] cards)
    {
        var fake = new FakeNvidiaSmi();
        for (var i = 0; i < cards.Length; i++)
            fake.Write(string.Create(CultureInfo.InvariantCulture, $"gpu-{i}"), cards[i].ReplaceLineEndings("\n") + "\n");
        fake.Write("apps", "gpu_uuid, pid, process_name, used_gpu_memory [MiB]\n");
        fake.Write("list", "");
        fake.Write("remarks", "");
        await fake.WriteScriptAsync(Faithful);
        return fake;
    }

    public static async Task<FakeNvidiaSmi> WithScriptAsync(string script)
    {
        var fake = new FakeNvidiaSmi();
        await fake.WriteScriptAsync(script);
        return fake;
    }

    public void Write(string file, string text) => File.WriteAllText(System.IO.Path.Combine(_folder, file), text);

    public string? Read(string file)
    {
        var path = System.IO.Path.Combine(_folder, file);
        return File.Exists(path) ? File.ReadAllText(path) : null;
    }

    /// <summary>
    /// Written by another process: a file that this one had open for writing could not be executed while any test starts a process, which inherits
    /// the open file for a moment ("Text file busy").
    /// </summary>
    async Task WriteScriptAsync(string script)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "cat > \"$0\" && chmod +x \"$0\"", Path]) { RedirectStandardInput = true };
        using var writer = Process.Start(start)!;
        await writer.StandardInput.WriteAsync("#!/bin/sh\ncd \"$(dirname \"$0\")\"\n" + script.ReplaceLineEndings("\n") + "\n");
        writer.StandardInput.Close();
        await writer.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, writer.ExitCode);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
