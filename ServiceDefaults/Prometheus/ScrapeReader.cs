using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace AiPlatform.ServiceDefaults.Prometheus;

/// <summary>Reads every instrument when it is asked to, and writes a page of what it has read.</summary>
sealed class ScrapeReader() : BaseExportingMetricReader(new Exporter())
{
    /// <summary>Instruments of a scrape are read within this, or there is no page.</summary>
    static readonly TimeSpan CollectLimit = TimeSpan.FromSeconds(5);

    readonly Lock _one = new();

    /// <summary>A page of this moment; null where the instruments could not be read.</summary>
    public string? Scrape(bool openMetrics)
    {
        // The pages of two scrapers would be mixed up otherwise.
        lock (_one)
        {
            var scraped = (Exporter)exporter;
            scraped.Page = new PrometheusPage(openMetrics);
            return scraped.Collect!((int)CollectLimit.TotalMilliseconds) ? scraped.Page.End() : null;
        }
    }

    [ExportModes(ExportModes.Pull)]
    sealed class Exporter : BaseExporter<Metric>, IPullMetricExporter
    {
        /// <summary>Set by the base class: the only way of reading that it allows to those who pull.</summary>
        public Func<int, bool>? Collect { get; set; }

        public PrometheusPage? Page { get; set; }

        public override ExportResult Export(in Batch<Metric> batch)
        {
            if (Page is null)
                return ExportResult.Failure;
            Page.AddTarget(ParentProvider.GetResource().Attributes);
            List<Metric> metrics = [];
            foreach (var metric in batch)
                metrics.Add(metric);
            foreach (var family in metrics.GroupBy(Name, StringComparer.Ordinal).OrderBy(family => family.Key, StringComparer.Ordinal))
                Page.AddFamily(family.Key, [.. family]);
            return ExportResult.Success;
        }

        static string Name(Metric metric) => PrometheusName.OfFamily(
            metric.Name, metric.Unit, isGauge: metric.MetricType is not (MetricType.LongSum or MetricType.DoubleSum) && !PrometheusPage.IsHistogram(metric.MetricType));
    }
}
