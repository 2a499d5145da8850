using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests.OpenAi;

/// <summary>OpenAI's client for Node against an API, a worker and a model server that are processes of their own.</summary>
public sealed class NodeSdkTests(Stores stores)
{
    /// <summary>Debian 12 has 18 of its own, on which the pinned client refuses to upload files.</summary>
    const int LeastNode = 20;

    static readonly string Folder = Path.Combine(
        typeof(NodeSdkTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "RepositoryRoot").Value!,
        "tests", "Api.Tests", "OpenAi", "Node");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_official_client_runs_unchanged()
    {
        await InstallAsync();
        var schema = await RunningApi.NewSchemaAsync(stores);
        await using var models = await ServiceProcess.StartAsync("ModelSimulator", new Dictionary<string, string?>
        {
            ["SIMULATOR_FIRST_TOKEN_MS"] = "0",
        }, Ct, health: "/health");
        var config = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(config, Config(models.Http.BaseAddress!), Ct);
            // Whoever retries may come late on a busy machine.
            await using var api = await ApiProcess.StartAsync(stores, schema, ("CHAT_LEFT_GRACE", "5m"));
            await using var worker = await ApiProcess.StartWorkerAsync(stores, schema, ("LLM_CONFIG_FILE", config), ("WORKER_CLAIM_LIMIT", "16"));
            var (code, output) = await RunAsync("node", "client.mjs", api.Http.BaseAddress!.ToString().TrimEnd('/'));
            if (code == 0)
                (code, output) = await RunAsync("node", "--input-type=module", "--eval", $"process.env.API = '{api.Http.BaseAddress!.ToString().TrimEnd('/')}';\n{Example()}");
            Assert.True(code == 0, $"node ended with {code}:\n{output}\nAPI:\n{string.Join('\n', api.Output)}\nWorker:\n{string.Join('\n', worker.Output)}");
        }
        finally
        {
            File.Delete(config);
        }
    }

    /// <summary>The one of docs/api.md. Its imports come first wherever they stand.</summary>
    static string Example() => File.ReadAllText(Path.Combine(Folder, "..", "..", "..", "..", "docs", "api.md")).Split("```js\n")[1].Split("```")[0];

    /// <summary>Groups whose models fail in the way of their name; the others answer.</summary>
    static string Config(Uri models) => $$"""
        {
          "providers": { "simulator": { "kind": "vllm", "base_url": "{{models}}v1", "continues": false } },
          "groups": {
            "good": { "deployments": [{ "provider": "simulator", "model": "qwen2.5-14b" }] },
            "retried": { "deployments": [{ "provider": "simulator", "model": "qwen2.5-14b@slow;for=1s" }] },
            "broken": { "deployments": [{ "provider": "simulator", "model": "qwen2.5-14b@cut;after=5" }] },
            "stalled": { "deployments": [{ "provider": "simulator", "model": "qwen2.5-14b@hang" }] }
          },
          "profiles": { "default": "good" }
        }
        """;

    static async Task InstallAsync()
    {
        try
        {
            var (_, version) = await RunAsync("node", "--version");
            if (!int.TryParse(version.TrimStart('v').Split('.')[0], out var major) || major < LeastNode)
                Without($"OpenAI's client needs Node.js {LeastNode} or newer; node --version says {version.Trim()}.");
            var (code, output) = await RunAsync("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=30000");
            if (code != 0)
                Without($"OpenAI's client for Node could not be installed by npm ci: {output}");
        }
        catch (Win32Exception)
        {
            Without($"OpenAI's client for Node needs Node.js {LeastNode} or newer with npm, which are not on the PATH.");
        }
    }

    /// <summary>Where it is asked for, what is missing is a failure.</summary>
    static void Without(string reason)
    {
        if (Environment.GetEnvironmentVariable("REQUIRE_NODE") == "true")
            Assert.Fail(reason);
        Assert.Skip(reason);
    }

    static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(Ct);
            var output = await process.StandardOutput.ReadToEndAsync(Ct);
            await process.WaitForExitAsync(Ct);
            return (process.ExitCode, output + await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
