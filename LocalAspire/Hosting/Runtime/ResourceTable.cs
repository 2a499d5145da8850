using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Runtime;

/// <summary>What runs and where to reach it, for a person and for a script.</summary>
sealed record ResourceTable(IReadOnlyList<ResourceTable.Row> Resources)
{
    public sealed record Row(string Name, string State, IReadOnlyList<string> Urls);

    public static ResourceTable Of(IEnumerable<Resource> resources, ResourceNotificationService notifications) => new(
        [.. resources.Select(resource => notifications.TryGetCurrentState(resource.Name, out var now) ? now.Snapshot : new()).Zip(resources, Describe)]);

    public string ToText()
    {
        IReadOnlyList<Row> rows = [new("RESOURCE", "STATE", ["URL"]), .. Resources];
        var nameWidth = rows.Max(row => row.Name.Length);
        var stateWidth = rows.Max(row => row.State.Length);
        var lines = rows.SelectMany(row => row.Urls.DefaultIfEmpty("").Select((url, index) => index == 0
            ? $"{row.Name.PadRight(nameWidth)}  {row.State.PadRight(stateWidth)}  {url}"
            : $"{new string(' ', nameWidth + stateWidth + 2)}  {url}"));
        return string.Join(Environment.NewLine, lines.Select(line => line.TrimEnd()));
    }

    /// <summary>Written aside and renamed: a script that sees the file sees all of it.</summary>
    public async Task WriteJsonAsync(string file, CancellationToken cancellationToken)
    {
        var aside = $"{file}.new";
        await File.WriteAllBytesAsync(aside, JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web), cancellationToken);
        File.Move(aside, file, overwrite: true);
    }

    static Row Describe(CustomResourceSnapshot snapshot, Resource resource) => new(
        resource.Name,
        snapshot.HealthStatus == HealthStatus.Healthy ? "Healthy" : snapshot.State?.Text ?? "Unknown",
        [.. snapshot.Urls.Select(url => url.Url)]);
}
