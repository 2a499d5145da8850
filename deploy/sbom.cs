#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
// The software bill of materials of all processes, as CycloneDX 1.5 in JSON: what their last restore has resolved, with hashes and licences.
// In: the folder of the build's intermediate files (artifacts/local/obj). Out: the document, on standard output. The same restore gives the same document.
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

string[] processes = ["Api", "InfraSidecar", "LlmWorker", "ModelSimulator", "TranscriptionWorker"];
var folder = args is [var given] ? given : throw new ArgumentException("One argument is expected: the folder with project.assets.json of each process in a folder of its name.");
var parts = new SortedDictionary<string, Part>(StringComparer.Ordinal);
var top = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
foreach (var process in processes)
{
    using var assets = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, process, "project.assets.json")));
    top[process] = Read(assets.RootElement, parts);
}

using var output = new MemoryStream();
using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
{
    Write(json, parts, top);
}
Console.OpenStandardOutput().Write(output.ToArray());
Console.Out.WriteLine();

// The packages that a process runs with; returns their references. Analyzers and the like, which are gone after the build, have no files to run.
static IReadOnlyList<string> Read(JsonElement assets, SortedDictionary<string, Part> parts)
{
    var packages = assets.GetProperty("packageFolders").EnumerateObject().Select(each => each.Name).ToList();
    var libraries = assets.GetProperty("libraries");
    var target = assets.GetProperty("targets").EnumerateObject().First().Value;
    var byName = target.EnumerateObject().ToDictionary(entry => entry.Name.Split('/')[0], entry => entry.Name, StringComparer.OrdinalIgnoreCase);
    List<string> found = [];
    foreach (var entry in target.EnumerateObject())
    {
        if (entry.Value.GetProperty("type").GetString() != "package" || !IsRun(entry.Value))
            continue;
        var (name, version) = entry.Name.Split('/') is [var left, var right] ? (left, right) : throw new FormatException(entry.Name);
        var library = libraries.GetProperty(entry.Name);
        var dependencies = entry.Value.TryGetProperty("dependencies", out var needed)
            ? needed.EnumerateObject().Select(each => byName.GetValueOrDefault(each.Name)).OfType<string>().Where(each => IsRun(target.GetProperty(each))).Select(Reference).ToList()
            : [];
        var hash = Convert.ToHexStringLower(Convert.FromBase64String(library.GetProperty("sha512").GetString()!));
        parts[Reference(entry.Name)] = new Part(name, version, hash, LicenceOf(packages, library.GetProperty("path").GetString()!, name), dependencies);
        found.Add(Reference(entry.Name));
    }
    return found;
}

static bool IsRun(JsonElement package) => package.TryGetProperty("dependencies", out _)
    || package.TryGetProperty("runtime", out _) || package.TryGetProperty("runtimeTargets", out _) || package.TryGetProperty("native", out _);

static string Reference(string entry) => $"pkg:nuget/{entry.Replace("/", "@", StringComparison.Ordinal)}";

// An SPDX expression, or the address that an old package gives; null where the package holds a text of its own.
static (string? Expression, string? Address) LicenceOf(IEnumerable<string> packages, string path, string name)
{
    var file = packages.Select(each => Path.Combine(each, path, name.ToLowerInvariant() + ".nuspec")).First(File.Exists);
    var metadata = XDocument.Load(file).Root!.Elements().First();
    string? Value(string field, string? type = null) => metadata.Elements()
        .FirstOrDefault(each => each.Name.LocalName == field && (type is null || each.Attribute("type")?.Value == type))?.Value;
    return Value("license", "expression") is { } expression ? (expression, null) : (null, Value("licenseUrl"));
}

static void Write(Utf8JsonWriter json, SortedDictionary<string, Part> parts, SortedDictionary<string, IReadOnlyList<string>> top)
{
    json.WriteStartObject();
    json.WriteString("bomFormat", "CycloneDX");
    json.WriteString("specVersion", "1.5");
    json.WriteString("serialNumber", $"urn:uuid:{new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts.Select(part => part.Key + part.Value.Hash)))).AsSpan(0, 16))}");
    json.WriteNumber("version", 1);
    json.WriteStartObject("metadata");
    json.WriteStartObject("component");
    json.WriteString("type", "application");
    json.WriteString("bom-ref", "aiplatform");
    json.WriteString("name", "AiPlatform");
    json.WriteEndObject();
    json.WriteEndObject();

    json.WriteStartArray("components");
    foreach (var process in top.Keys)
    {
        json.WriteStartObject();
        json.WriteString("type", "application");
        json.WriteString("bom-ref", process);
        json.WriteString("name", $"AiPlatform.{process}");
        json.WriteEndObject();
    }
    foreach (var (reference, part) in parts)
        WritePart(json, reference, part);
    json.WriteEndArray();

    json.WriteStartArray("dependencies");
    WriteDependency(json, "aiplatform", top.Keys);
    foreach (var (process, packages) in top)
        WriteDependency(json, process, packages);
    foreach (var (reference, part) in parts)
        WriteDependency(json, reference, part.Dependencies);
    json.WriteEndArray();
    json.WriteEndObject();
}

static void WritePart(Utf8JsonWriter json, string reference, Part part)
{
    json.WriteStartObject();
    json.WriteString("type", "library");
    json.WriteString("bom-ref", reference);
    json.WriteString("name", part.Name);
    json.WriteString("version", part.Version);
    json.WriteStartArray("hashes");
    json.WriteStartObject();
    json.WriteString("alg", "SHA-512");
    json.WriteString("content", part.Hash);
    json.WriteEndObject();
    json.WriteEndArray();
    if (part.Licence is not (null, null))
    {
        json.WriteStartArray("licenses");
        json.WriteStartObject();
        if (part.Licence.Expression is { } expression)
        {
            json.WriteString("expression", expression);
        }
        else
        {
            json.WriteStartObject("license");
            json.WriteString("name", "as published at the address");
            json.WriteString("url", part.Licence.Address);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndArray();
    }
    json.WriteString("purl", reference);
    json.WriteEndObject();
}

static void WriteDependency(Utf8JsonWriter json, string reference, IEnumerable<string> on)
{
    json.WriteStartObject();
    json.WriteString("ref", reference);
    json.WriteStartArray("dependsOn");
    foreach (var other in on.Distinct().Order(StringComparer.Ordinal))
        json.WriteStringValue(other);
    json.WriteEndArray();
    json.WriteEndObject();
}

sealed record Part(string Name, string Version, string Hash, (string? Expression, string? Address) Licence, IReadOnlyList<string> Dependencies);
