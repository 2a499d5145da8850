using System.Globalization;

namespace AiPlatform.Bench;

/// <summary><c>[name…] [--rounds N] [--quick] [--ours] [--out name]</c>, or <c>chart file.json</c>.</summary>
sealed record BenchArguments(IReadOnlyList<string> Names, int? Rounds, bool Quick, bool OursOnly, string? Out)
{
    const int MostRounds = 100;

    /// <exception cref="BenchException">Says what is not understood and what is.</exception>
    public static BenchArguments Read(string[] args, IReadOnlyCollection<string> known)
    {
        List<string> names = [];
        var result = new BenchArguments(names, null, false, false, null);
        for (var i = 0; i < args.Length; i++)
        {
            result = args[i] switch
            {
                "--quick" => result with { Quick = true },
                "--ours" => result with { OursOnly = true },
                "--rounds" => result with { Rounds = ReadRounds(args.ElementAtOrDefault(++i)) },
                "--out" => result with { Out = ReadOut(args.ElementAtOrDefault(++i)) },
                var name when known.Contains(name) => Named(result, names, name),
                var other => throw new BenchException(
                    $"./dev bench does not know '{other}'. Workloads: {string.Join(", ", known)}. Options: --rounds N, --quick, --ours (without the peers), --out name."),
            };
        }
        return names.Count > 0 ? result : result with { Names = [.. known] };
    }

    static BenchArguments Named(BenchArguments result, List<string> names, string name)
    {
        names.Add(name);
        return result;
    }

    static int ReadRounds(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) && rounds is >= 1 and <= MostRounds
            ? rounds
            : throw new BenchException($"--rounds is '{text}': a number from 1 to {MostRounds} is expected.");

    static string ReadOut(string? text) => text is { Length: > 0 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
        ? text
        : throw new BenchException($"--out is '{text}': a name of letters, digits, '-', '_' and '.' is expected; results go to bench/results/<date>-<name>.md.");
}
