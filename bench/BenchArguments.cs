using System.Globalization;

namespace AiPlatform.Bench;

/// <summary><c>[name…] [--rounds N] [--quick] [--ours] [--out name]</c>, or <c>chart file.json</c>.</summary>
/// <param name="Names">Workloads to run, in the order of a round.</param>
/// <param name="Complete">Whether all workloads run with all systems, in the full size and in all rounds: only such a run speaks for the whole.</param>
/// <param name="Label">What the results are called after their date: what <c>--out</c> says, or what ran.</param>
sealed record BenchArguments(IReadOnlyList<string> Names, int? Rounds, bool Quick, bool OursOnly, bool Complete, string Label)
{
    const int MostRounds = 100;

    /// <param name="known">Workloads that all run where none is named.</param>
    /// <param name="byName">Those that run only where they are named.</param>
    /// <exception cref="BenchException">Says what is not understood and what is.</exception>
    public static BenchArguments Read(string[] args, IReadOnlyCollection<string> known, IReadOnlyCollection<string> byName)
    {
        HashSet<string> named = [];
        int? rounds = null;
        var (quick, ours) = (false, false);
        string? label = null;
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--quick":
                    quick = true;
                    break;
                case "--ours":
                    ours = true;
                    break;
                case "--rounds":
                    rounds = ReadRounds(args.ElementAtOrDefault(++i));
                    break;
                case "--out":
                    label = ReadOut(args.ElementAtOrDefault(++i));
                    break;
                case var name when known.Contains(name) || byName.Contains(name):
                    named.Add(name);
                    break;
                case var other:
                    throw new BenchException(
                        $"./dev bench does not know '{other}'. Workloads: {string.Join(", ", known)}; only by name: {string.Join(", ", byName)}. Options: --rounds N, --quick, --ours (without the peers), --out name.");
            }
        }
        string[] names = named.Count == 0 ? [.. known] : [.. known.Concat(byName).Where(named.Contains)];
        var all = names.SequenceEqual(known);
        var complete = all && !quick && !ours && (rounds ?? Sizes.Full.Rounds) >= Sizes.Full.Rounds;
        return new BenchArguments(names, rounds, quick, ours, complete, label ?? NameOf(names, all, quick, ours, rounds));
    }

    /// <summary>Says all that a run leaves out, or changes, so that no run takes the place of one of another kind.</summary>
    static string NameOf(IEnumerable<string> names, bool all, bool quick, bool ours, int? rounds) =>
        (all ? quick ? "quick" : "full" : string.Join('-', names) + (quick ? "-quick" : ""))
        + (ours ? "-ours" : "") + (rounds is null ? "" : $"-{rounds}-rounds");

    static int ReadRounds(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) && rounds is >= 1 and <= MostRounds
            ? rounds
            : throw new BenchException($"--rounds is '{text}': a number from 1 to {MostRounds} is expected.");

    static string ReadOut(string? text) => text is { Length: > 0 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
        ? text
        : throw new BenchException($"--out is '{text}': a name of letters, digits, '-', '_' and '.' is expected; results go to bench/results/<date>-<name>.md.");
}
