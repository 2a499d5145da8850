using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Faults;

/// <summary>
/// Sixteen faults that whatever stands before a model server should survive, S01 to S16, each chosen by a model's name such as
/// <c>fb-s08-stream-cut</c>; <c>fb-ok</c> answers well, <c>fb-ok-noprefill</c> too but goes on with no beginning. Tries are counted for each name.
/// </summary>
sealed partial class FaultWall(IOptions<SimulatorOptions> options, TimeProvider time)
{
    /// <summary>The model that the metrics page and the engines know, whatever the name in the request.</summary>
    public const string ModelName = "fb-ok";

    /// <summary>Sixty words, each a token, so that a shorter answer cannot be mistaken for it.</summary>
    public const string Answer =
        "One says that a bridge is safe only after a storm. This answer has exactly sixty words, so any reader can count them "
        + "and see whether the end is missing. Servers fail in many ways: they refuse, fall silent, stop halfway, "
        + "or send bytes that mean nothing. A good caller notices each of these and still brings home every word.";

    const int CutAfter = 40;
    const int StallAfter = 20;
    const int GarbageAfter = 9;
    const int RetryAfterSeconds = 2;

    // A caller may invent names; the counts of so many are kept.
    const int MaxNames = 10_000;

    static readonly TimeSpan Silence = TimeSpan.FromSeconds(120);
    static readonly TimeSpan SlowFirstToken = TimeSpan.FromSeconds(20);
    static readonly TimeSpan Stall = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Flap = TimeSpan.FromSeconds(60);

    readonly Lock gate = new();
    readonly Dictionary<string, (int Tries, long FirstAt)> seen = new(StringComparer.Ordinal);

    public static bool Has(string name) => Names.IsMatch(name);

    public static bool GoesOnWithABeginning(string name) => name != "fb-ok-noprefill";

    /// <summary>The fault of this try; none: it is answered well.</summary>
    public Fault? Next(string name)
    {
        var (tries, firstAt) = Count(name);
        var once = tries == 1;
        return Names.Match(name).Groups["number"].Value switch
        {
            "01" when once => Status(429, $"Rate limit reached. Please retry after {RetryAfterSeconds} seconds.", "rate_limit_exceeded") with
            {
                RetryAfterSeconds = RetryAfterSeconds
            },
            "02" => Status(429, "Rate limit reached.", "rate_limit_exceeded"),
            "03" when once => Status(500, "The server had an error while processing your request.", null),
            "04" or "16" => Overloaded(),
            "05" when once => Of(FaultKind.Reset),
            "06" => Of(FaultKind.Reset) with { For = Scaled(Silence) },
            "07" => Of(FaultKind.Slow) with { For = Scaled(SlowFirstToken) },
            "08" or "14" => Of(FaultKind.Cut) with { After = CutAfter },
            "09" => Of(FaultKind.Cut) with { After = StallAfter, For = Scaled(Stall) },
            "10" => Of(FaultKind.Garbage) with { After = GarbageAfter },
            "11" => Of(FaultKind.NoDone),
            "12" => Status(
                400,
                "This model's maximum context length is 8192 tokens. However, your messages resulted in 9631 tokens. Please reduce the length of the messages.",
                "context_length_exceeded"),
            "13" => Status(400, "Your request was rejected as a result of our safety system.", "content_policy_violation"),
            "15" when time.GetElapsedTime(firstAt) < Scaled(Flap) => Overloaded(),
            _ => null
        };
    }

    /// <summary>Every name is new again.</summary>
    public void Reset()
    {
        lock (gate)
            seen.Clear();
    }

    (int Tries, long FirstAt) Count(string name)
    {
        lock (gate)
        {
            if (seen.Count >= MaxNames)
                seen.Clear();
            var (tries, firstAt) = seen.GetValueOrDefault(name, (0, time.GetTimestamp()));
            return seen[name] = (tries + 1, firstAt);
        }
    }

    TimeSpan Scaled(TimeSpan duration) => duration * options.Value.WallTimeFactor;

    static Fault Overloaded() => Status(503, "The engine is currently overloaded. Please try again later.", "overloaded");

    static Fault Status(int code, string message, string? errorCode) => Of(FaultKind.Status) with { Code = code, Message = message, ErrorCode = errorCode };

    static Fault Of(FaultKind kind) => FaultText.Default(kind);

    [GeneratedRegex("^fb-(ok|ok-noprefill|s(?<number>0[1-9]|1[0-6])(-.{0,100})?)$")]
    static partial Regex Names { get; }
}
