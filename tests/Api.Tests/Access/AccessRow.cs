using System.Reflection;

namespace AiPlatform.Api.Tests.Access;

/// <summary>The table of docs/security.md: a route, what each role gets, and the answers about another's things and about absent ones.</summary>
public sealed record AccessRow(string Route, string Submit, string Work, string Read, string None, string Other, string Absent)
{
    public static IReadOnlyList<AccessRow> All { get; } =
    [
        .. File.ReadAllText(System.IO.Path.Combine(Root(), "docs", "security.md")).Split("\n## Access\n")[1].Split("\n## ")[0].Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => new AccessRow(cells[0].Trim('`'), cells[1], cells[2], cells[3], cells[4], cells[5], cells[6])),
    ];

    public string Method => Route.Split(' ')[0];
    public string Path => Route.Split(' ')[1];
    public bool IsOpen => None == "open";

    public static AccessRow Of(string route) => All.Single(row => row.Route == route);

    static string Root() => typeof(AccessRow).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "RepositoryRoot").Value!;
}
