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

    public void Add(string table, string metric, string system, double value)
    {
        if (Find(table, metric, system) is not { } series)
        {
            series = new Series(table, metric, system, []);
            Series.Add(series);
        }
        series.Values.Add(value);
    }

    public Series? Find(string table, string metric, string system) =>
        Series.Find(series => series.Table == table && series.Metric == metric && series.System == system);

    public double? Median(string table, string metric, string system) => Find(table, metric, system)?.Median;
}

/// <param name="Contract">What has happened when it says that a job is added or done.</param>
sealed record Described(string Name, string Version, string Settings, string Contract);

/// <param name="Values">One a round, in their order.</param>
sealed record Series(string Table, string Metric, string System, List<double> Values)
{
    [JsonIgnore]
    public double Median => Numbers.Median(Values);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(Results))]
sealed partial class ResultsJson : JsonSerializerContext;
