using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using AiPlatform.Testing;

namespace AiPlatform.Client.Tests;

/// <summary>What <c>dotnet pack Client</c> makes.</summary>
public sealed class PackageTests
{
    [Fact]
    public async Task The_package_has_the_client_its_wire_types_their_documentation_and_the_README()
    {
        var folder = Directory.CreateTempSubdirectory("aiplatform-package-");
        try
        {
            await PackAsync(folder.FullName);
            var package = Assert.Single(folder.GetFiles("*.nupkg"));
            Assert.StartsWith("AiPlatform.Client.", package.Name, StringComparison.Ordinal);
            await using var archive = await ZipFile.OpenReadAsync(package.FullName, TestApi.Ct);
            Assert.Equal(
                [
                    "README.md", "lib/net10.0/AiPlatform.Client.dll", "lib/net10.0/AiPlatform.Client.xml",
                    "lib/net10.0/AiPlatform.Contracts.dll", "lib/net10.0/AiPlatform.Contracts.xml",
                ],
                archive.Entries.Select(entry => entry.FullName).Where(name => name.StartsWith("lib/", StringComparison.Ordinal) || name == "README.md").Order(StringComparer.Ordinal));

            await using var file = await archive.GetEntry("AiPlatform.Client.nuspec")!.OpenAsync(TestApi.Ct);
            var specification = await XDocument.LoadAsync(file, LoadOptions.None, TestApi.Ct);
            var needed = specification.Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value);
            Assert.Equal(["Microsoft.Extensions.Http"], needed);
            Assert.Equal("README.md", specification.Descendants().Single(element => element.Name.LocalName == "readme").Value);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Of what is built already, as the assembly of the test is.</summary>
    static async Task PackAsync(string folder)
    {
        var configuration = AppContext.BaseDirectory.TrimEnd('/').EndsWith("release", StringComparison.OrdinalIgnoreCase) ? "Release" : "Debug";
        var mode = AppContext.BaseDirectory.Contains("/artifacts/local/", StringComparison.Ordinal) ? "-p:UseAspire=false" : "-p:UseAspire=true";
        var start = new ProcessStartInfo("dotnet", ["pack", RepositoryFiles.PathOf("Client"), "--no-build", "-c", configuration, mode, "-o", folder, "-nologo", "-v", "q"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var pack = Process.Start(start)!;
        var errors = pack.StandardError.ReadToEndAsync(TestApi.Ct);
        var output = await pack.StandardOutput.ReadToEndAsync(TestApi.Ct);
        await pack.WaitForExitAsync(TestApi.Ct);
        Assert.True(pack.ExitCode == 0, $"{output}{await errors}");
    }
}
