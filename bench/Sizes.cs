using System.Globalization;
using System.Text.Json.Serialization;

namespace AiPlatform.Bench;

/// <summary>How much of everything. Quick shows that the bench works and roughly where things stand; only full is for quoting.</summary>
sealed record Sizes
{
    public static readonly Sizes Full = new();

    public static readonly Sizes Quick = new()
    {
        Rounds = 2,
        OneByOne = 200,
        Parallel = 1_000,
        Total = 5_000,
        SlowPickup = TimeSpan.FromSeconds(5),
        FastPickup = TimeSpan.FromSeconds(1),
        RoundTrips = 100,
        Mixed = 900,
        NoisyBacklog = 4_000,
        NoisyTime = TimeSpan.FromSeconds(2),
        Flood = 10_000,
        HttpCalls = 2_000,
        Backlog = 50_000,
        BacklogStep = 2_000,
        Finished = 100_000,
        StatsReads = 50,
        SnapshotPhase = TimeSpan.FromSeconds(1),
        SnapshotCycle = 1_000,
        GatewayRounds = 2,
        GatewayCalls = 100,
        GatewayWarmup = 200,
        StreamRounds = 2,
        OverloadChats = 8,
        AudioTime = TimeSpan.FromMinutes(5),
        SoakTime = TimeSpan.FromSeconds(30),
        CrowdCalls = 200,
    };

    /// <summary>Those without which a number cannot be read.</summary>
    [JsonIgnore]
    public string Text =>
        $"drain of {Numbers.Text(Total)} jobs; pickup for {Seconds(SlowPickup)} a round at 1/s, {Seconds(FastPickup)} at other rates; "
        + $"{Numbers.Text(NoisyBacklog)} jobs of the noisy caller; backlog of {Numbers.Text(Backlog)}; {Numbers.Text(Finished)} finished jobs; "
        + $"snapshot: {Seconds(SnapshotPhase)} without, then twice {Seconds(SnapshotPhase)} held";

    public int Rounds { get; init; } = 5;

    /// <summary>Jobs added one after the other.</summary>
    public int OneByOne { get; init; } = 1_000;

    /// <summary>Jobs added by many callers at a time.</summary>
    public int Parallel { get; init; } = 8_000;

    /// <summary>Jobs in a drain: those two and the rest in bulk.</summary>
    public int Total { get; init; } = 50_000;

    /// <summary>How long jobs come at 1 a second, to all systems at once: in all rounds enough for a p99.</summary>
    public TimeSpan SlowPickup { get; init; } = TimeSpan.FromSeconds(24);

    /// <summary>How long jobs come at each higher rate, to one system after the other.</summary>
    public TimeSpan FastPickup { get; init; } = TimeSpan.FromSeconds(3);

    public int RoundTrips { get; init; } = 500;

    /// <summary>Jobs of three priorities, in turns.</summary>
    public int Mixed { get; init; } = 3_000;

    /// <summary>Jobs of the caller who fills the queue.</summary>
    public int NoisyBacklog { get; init; } = 8_000;

    public TimeSpan NoisyTime { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Jobs of the owner that floods the queue at the priority of all.</summary>
    public int Flood { get; init; } = 50_000;

    public int HttpCalls { get; init; } = 8_000;

    /// <summary>Jobs that wait while others are added and drained.</summary>
    public int Backlog { get; init; } = 1_000_000;

    /// <summary>Jobs added and drained in front of and behind the backlog.</summary>
    public int BacklogStep { get; init; } = 8_000;

    /// <summary>Finished jobs in the store while others are added and drained.</summary>
    public int Finished { get; init; } = 10_000_000;

    public int StatsReads { get; init; } = 500;

    /// <summary>Each of three phases at least: without a snapshot, then twice under one.</summary>
    public TimeSpan SnapshotPhase { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Jobs added and drained in turns, before and under the snapshot.</summary>
    public int SnapshotCycle { get; init; } = 5_000;

    public int GatewayRounds { get; init; } = 5;

    /// <summary>Of one caller; several at a time make up to eight times as many.</summary>
    public int GatewayCalls { get; init; } = 400;

    public int GatewayWarmup { get; init; } = 2_000;

    public int StreamRounds { get; init; } = 5;

    /// <summary>High chats, one after the other, on an idle system and beside ten times as much low work as it can do.</summary>
    public int OverloadChats { get; init; } = 40;

    /// <summary>Length of each recording.</summary>
    public TimeSpan AudioTime { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan SoakTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Submits and reads beside a crowd of waiting callers, and without it.</summary>
    public int CrowdCalls { get; init; } = 1_500;

    static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
