using System.Text.RegularExpressions;

namespace AiPlatform.InfraSidecar.Containers;

/// <summary>Ids of containers, of which the first 12 digits are shown.</summary>
static partial class ContainerId
{
    const int ShownLength = 12;

    public static string Shorten(string id) => id.Length <= ShownLength ? id : id[..ShownLength];

    /// <summary>
    /// The innermost container in the path of a cgroup, or in <c>/proc/{pid}/cgroup</c>: <c>/docker/…</c>, <c>docker-….scope</c>,
    /// <c>cri-containerd-….scope</c>, <c>libpod-….scope</c>. Null outside of containers.
    /// </summary>
    public static string? In(string text) => Digits().Matches(text) is { Count: > 0 } found ? Shorten(found[^1].Value) : null;

    [GeneratedRegex("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")]
    private static partial Regex Digits();
}
