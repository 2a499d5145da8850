using System.Xml.Linq;

namespace AiPlatform.Architecture.Tests;

/// <summary>Who may reference whom. A new project is added here on purpose, or the test fails.</summary>
public sealed class ProjectReferenceTests
{
    static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Contracts"] = [],
        ["ServiceDefaults"] = [],
        ["ModelSimulator"] = [],
        ["Jobs"] = ["Contracts"],
        ["Client"] = ["Contracts"],
        ["WorkerRuntime"] = ["Contracts", "Jobs"],
        ["Api"] = ["Contracts", "Jobs", "ServiceDefaults"],
        ["LlmWorker"] = ["Contracts", "Jobs", "ServiceDefaults", "WorkerRuntime"],
        ["TranscriptionWorker"] = ["Contracts", "Jobs", "ServiceDefaults", "WorkerRuntime"],
        ["InfraSidecar"] = ["Contracts", "ServiceDefaults"],
    };

    public static TheoryData<string> Products =>
        [.. Repository.Files(".csproj").Where(path => path.Split('/')[0] is not ("tests" or "bench" or "LocalAspire" or "AppHost"))];

    [Theory, MemberData(nameof(Products))]
    public void A_project_references_only_what_the_table_allows(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        Assert.True(Allowed.TryGetValue(name, out var allowed), $"{project} is not in the table of who may reference whom.");
        Assert.Equal([], References(project).Except(allowed));
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repository.Read("AiPlatform.sln").Replace('\\', '/');
        Assert.Equal([], Repository.Files(".csproj").Where(project => !solution.Contains($"\"{project}\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Wire_types_need_no_packages() =>
        Assert.Empty(XDocument.Parse(Repository.Read("Contracts/Contracts.csproj")).Descendants("PackageReference"));

    [Fact]
    public void The_client_needs_one_package_beside_its_wire_types() => Assert.Equal(
        ["Microsoft.Extensions.Http"],
        XDocument.Parse(Repository.Read("Client/Client.csproj")).Descendants("PackageReference").Select(package => package.Attribute("Include")!.Value));

    [Fact]
    public void The_application_model_references_processes_only() =>
        Assert.Equal(
            ["Api", "InfraSidecar", "LlmWorker", "ModelSimulator", "TranscriptionWorker"],
            References("AppHost/AppHost.csproj").Where(name => !name.StartsWith("LocalAspire", StringComparison.Ordinal)).Order());

    static IEnumerable<string> References(string project) => XDocument.Parse(Repository.Read(project))
        .Descendants("ProjectReference")
        .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
}
