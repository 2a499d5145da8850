using System.Text.Json;
using System.Text.Json.Serialization;
using AiPlatform.Bench.Servers;

namespace AiPlatform.Bench.Systems;

/// <summary>One line to a system under test; <c>peers/protocol.mjs</c> reads the same.</summary>
/// <param name="Do">add, bulk, drain, pickup or round-trip; of our own levels also stats.</param>
/// <param name="Count">Jobs; reads, for stats.</param>
/// <param name="Parallel">Callers at a time, for add.</param>
/// <param name="Size">Jobs a call, for bulk.</param>
/// <param name="Mix">Whether the jobs go through the levels in turns, for bulk.</param>
/// <param name="Level">low, normal or high; null for the system's default.</param>
/// <param name="Slots">Handlers at a time.</param>
/// <param name="Order">Whether to answer in which order the jobs started.</param>
/// <param name="Rest">Whether jobs are left behind, for drain.</param>
/// <param name="At">When to add each job, in milliseconds from the start, for pickup.</param>
/// <param name="BusyMs">How long jobs of other levels keep their slot, for pickup.</param>
sealed record Command(
    string Do, int Count = 0, int Parallel = 1, int Size = 500, bool Mix = false, string? Level = null, int Slots = 0, bool Order = false,
    bool Rest = false, double[]? At = null, double BusyMs = 0);

/// <summary>One line from a system under test; the first one describes it.</summary>
/// <param name="Samples">Milliseconds each.</param>
/// <param name="Order">Numbers of the jobs, as they started.</param>
/// <param name="RoundTrip">Whether a caller can wait for a job's result.</param>
/// <param name="Address">Of a system that is a server.</param>
sealed record Answer(
    double Ms = 0, double[]? Samples = null, int[]? Order = null, string? Version = null, string? Settings = null, bool RoundTrip = false,
    Uri? Address = null);

/// <summary>What a job carries: about 250 bytes of JSON.</summary>
/// <param name="N">Its number in its workload.</param>
sealed record BenchJob(int N, string? Level, string Text)
{
    public static BenchJob Of(int n, string? level = null) => new(n, level, new string('x', 200));

    public JsonElement ToJson() => JsonSerializer.SerializeToElement(this, WireJson.Default.BenchJob);

    public static BenchJob From(JsonElement json) => json.Deserialize(WireJson.Default.BenchJob)
        ?? throw new JsonException("A job without input.");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Command))]
[JsonSerializable(typeof(Answer))]
[JsonSerializable(typeof(BenchJob))]
[JsonSerializable(typeof(RedisAddress))]
sealed partial class WireJson : JsonSerializerContext;
