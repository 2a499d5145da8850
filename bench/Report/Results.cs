using System.Text.Json.Serialization;
using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench.Report;

/// <summary>Everything that a run has measured; written as JSON, from which report and chart are made.</summary>
sealed class Results
{
    /// <summary>Day of the run, UTC.</summary>
    public string Date { get; init; } = "";

    public string Command { get; init; } = "";

    public int Rounds { get; init; }

    public Sizes Sizes { get; init; } = Sizes.Full;

    public List<string> Machine { get; init; } = [];

    /// <summary>Minutes that the run took.</summary>
    public double Minutes { get; set; }

    /// <summary>Milliseconds of the same arithmetic before each measurement.</summary>
    public List<double> Probes { get; init; } = [];

    public List<Described> Systems { get; init; } = [];

    public List<Series> Series { get; init; } = [];

    public void Describe(SystemUnderTest system, Answer hello)
    {
        if (Systems.All(described => described.Name != system.Name))
        {
            Systems.Add(new Described(system.Name, hello.Version ?? "", hello.Settings ?? "", system.Contract));
        }
    }

    public void Add(string table, string metric, string system, double value) => SeriesOf(table, metric, system, null).Values.Add(value);

    /// <summary>Adds one round's samples to those of the others, where a round alone has too few of them for a p99.</summary>
    public void Pool(string table, string metric, string system, IEnumerable<double> samples) =>
        SeriesOf(table, metric, system, 0.99).Values.AddRange(samples);

    public Series? Find(string table, string metric, string system) =>
        Series.Find(series => series.Table == table && series.Metric == metric && series.System == system);

    /// <summary>What counts of a series; null where there is none, or only the worst of a few samples.</summary>
    public double? Value(string table, string metric, string system) => Find(table, metric, system) is { IsWorst: false } series ? series.Value : null;

    Series SeriesOf(string table, string metric, string system, double? part)
    {
        if (Find(table, metric, system) is not { } series)
        {
            series = new Series(table, metric, system, [], part);
            Series.Add(series);
        }
        return series;
    }
}

/// <param name="Contract">What has happened when it says that a job is added or done.</param>
sealed record Described(string Name, string Version, string Settings, string Contract);

/// <param name="Values">One a round, in their order; or the samples of all rounds.</param>
/// <param name="Part">Of all samples, whose percentile counts; null where the median of the rounds does.</param>
sealed record Series(string Table, string Metric, string System, List<double> Values, double? Part = null)
{
    /// <summary>Below this a p99 would only be another word for the largest.</summary>
    public const int LeastForTail = 100;

    /// <summary>Whether there are so few samples that the largest stands for the percentile.</summary>
    [JsonIgnore]
    public bool IsWorst => Part is not null && Values.Count < LeastForTail;

    [JsonIgnore]
    public double Value => Part is { } part ? IsWorst ? Values.Max() : Numbers.Percentile(Values, part) : Numbers.Median(Values);

    /// <summary>Smallest and largest of the rounds; where these are taken together, the one number there is.</summary>
    [JsonIgnore]
    public double Low => Part is null ? Values.Min() : Value;

    [JsonIgnore]
    public double High => Part is null ? Values.Max() : Value;

    /// <summary>The metric, with what its number is of.</summary>
    [JsonIgnore]
    public string Label => Part is null ? Metric : $"{(IsWorst ? Metric.Replace("p99", "worst", StringComparison.Ordinal) : Metric)} of {Values.Count}";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(Results))]
sealed partial class ResultsJson : JsonSerializerContext;
