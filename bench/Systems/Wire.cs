using System.Text.Json;
using System.Text.Json.Serialization;
using AiPlatform.Bench.Servers;

namespace AiPlatform.Bench.Systems;

/// <summary>One line to a system under test; <c>peers/protocol.mjs</c> reads the same.</summary>
/// <param name="Do">add, bulk, drain, pickup or round-trip; of our own levels also stats and shares.</param>
/// <param name="Count">Jobs; reads, for stats.</param>
/// <param name="Parallel">Callers at a time, for add.</param>
/// <param name="Size">Jobs a call, for bulk.</param>
/// <param name="Mix">Whether the jobs go through the levels in turns, for bulk.</param>
/// <param name="Level">low, normal or high; null for the system's default.</param>
/// <param name="Slots">Handlers at a time.</param>
/// <param name="Order">Whether to answer in which order the jobs started.</param>
/// <param name="Rest">Whether jobs are left behind, for drain.</param>
/// <param name="At">When to add each job, in milliseconds from the start, for pickup.</param>
/// <param name="BusyMs">How long jobs of other levels, or of the first owner, keep their slot, for pickup.</param>
/// <param name="Spread">By which share of it that time differs from job to job, up and down, for pickup.</param>
/// <param name="Owners">Over how many others than the first owner the jobs are spread, for bulk and pickup; 0 where all are of that one.</param>
/// <param name="From">Number of the first job, for bulk.</param>
/// <param name="Fair">Whether owners take turns from now on, for shares.</param>
/// <param name="MostRunning">How many jobs of the first owner run from now on, for shares; 0 for no limit.</param>
sealed record Command(
    string Do, int Count = 0, int Parallel = 1, int Size = 500, bool Mix = false, string? Level = null, int Slots = 0, bool Order = false,
    bool Rest = false, double[]? At = null, double BusyMs = 0, double Spread = 0, int Owners = 0, int From = 0, bool Fair = false, int MostRunning = 0);

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
    /// <summary>Null for the owner of all jobs but those of others.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Owner { get; init; }

    /// <param name="owners">How many other owners the jobs are spread over; 0 for none.</param>
    public static BenchJob Of(int n, string? level = null, int owners = 0) =>
        new(n, level, new string('x', 200)) { Owner = owners == 0 ? null : $"other-{n % owners}" };

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
