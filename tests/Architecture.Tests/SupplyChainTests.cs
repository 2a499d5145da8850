using System.Diagnostics;
using System.Text.Json;

namespace AiPlatform.Architecture.Tests;

/// <summary>What the processes are made of is locked, and told.</summary>
public sealed class SupplyChainTests
{
    static readonly string[] Processes = ["Api", "InfraSidecar", "LlmWorker", "ModelSimulator", "TranscriptionWorker"];

    public static TheoryData<string> Projects => [.. Repository.Files(".csproj")];

    [Theory, MemberData(nameof(Projects))]
    public void Every_project_has_a_lock_file_in_which_each_package_has_its_hash(string project)
    {
        var locked = JsonElement.Parse(Repository.Read(Path.Combine(Path.GetDirectoryName(project)!, "packages.local.lock.json")));
        Assert.All(
            locked.GetProperty("dependencies").EnumerateObject().SelectMany(framework => framework.Value.EnumerateObject())
                .Where(package => package.Value.GetProperty("type").GetString() != "Project"),
            package => Assert.NotEmpty(package.Value.GetProperty("contentHash").GetString()!));
    }

    [Fact]
    public async Task The_bill_of_materials_has_the_packages_that_the_processes_run_with_and_no_others()
    {
        var folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "obj"));
        var bill = JsonElement.Parse(await WriteAsync(folder));
        Assert.Equal(("CycloneDX", "1.5"), (bill.GetProperty("bomFormat").GetString(), bill.GetProperty("specVersion").GetString()));
        var components = bill.GetProperty("components").EnumerateArray().ToDictionary(part => part.GetProperty("bom-ref").GetString()!);
        var needs = bill.GetProperty("dependencies").EnumerateArray()
            .ToDictionary(part => part.GetProperty("ref").GetString()!, part => part.GetProperty("dependsOn").EnumerateArray().Select(other => other.GetString()!).ToList());

        Assert.Equal(Processes, needs["aiplatform"]);
        Assert.Equal(components.Keys.Append("aiplatform").Order(StringComparer.Ordinal), needs.Keys.Order(StringComparer.Ordinal));
        Assert.All(needs.Values.SelectMany(others => others), reference => Assert.Contains(reference, components.Keys));
        foreach (var process in Processes)
        {
            var assets = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(folder, process, "project.assets.json"), TestContext.Current.CancellationToken));
            var run = assets.GetProperty("targets").EnumerateObject().Single().Value.EnumerateObject()
                .Where(library => library.Value.GetProperty("type").GetString() == "package"
                    && library.Value.EnumerateObject().Any(field => field.Name is "runtime" or "runtimeTargets" or "native" or "dependencies")).ToList();
            Assert.Equal(run.Select(library => $"pkg:nuget/{library.Name.Replace('/', '@')}").Order(StringComparer.Ordinal), needs[process]);
            Assert.All(run, library => Assert.Equal(
                Convert.ToHexStringLower(assets.GetProperty("libraries").GetProperty(library.Name).GetProperty("sha512").GetBytesFromBase64()),
                components[$"pkg:nuget/{library.Name.Replace('/', '@')}"].GetProperty("hashes")[0].GetProperty("content").GetString()));
        }
        Assert.All(
            components.Values.Where(part => part.GetProperty("type").GetString() == "library"),
            part => Assert.True(part.TryGetProperty("licenses", out _), $"{part.GetProperty("name")} has no licence."));
    }

    static async Task<string> WriteAsync(string folder)
    {
        var start = new ProcessStartInfo("dotnet", ["run", Path.Combine(Repository.Root, "deploy/sbom.cs"), folder]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var run = Process.Start(start)!;
        var error = run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var text = await run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 0, await error + text);
        return text;
    }
}
