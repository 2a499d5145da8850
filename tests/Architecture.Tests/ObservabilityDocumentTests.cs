using System.Reflection;
using AiPlatform.Testing;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Architecture.Tests;

/// <summary>docs/observability.md against the code, both ways. What a running system sends is held against it by PrometheusTests of EndToEnd.Tests.</summary>
public sealed class ObservabilityDocumentTests
{
    [Fact]
    public void Every_instrument_is_described_and_no_other() => AssertSame(
        PublishedInstruments.Rows.Distinct(),
        ObservabilityDocument.Own.Select(row => $"{row.Meter}: | `{row.Name}` | {row.Kind} | `{row.Prometheus}` | `{row.Unit}` |"));

    [Fact]
    public void Every_source_of_spans_is_described_and_no_other() =>
        AssertSame(PublishedInstruments.SpanSources, ObservabilityDocument.SpanSources.Where(source => source.StartsWith("AiPlatform.", StringComparison.Ordinal)));

    [Fact]
    public void Every_log_event_is_described_and_no_other() => AssertSame(Events(), ObservabilityDocument.Events);

    static IEnumerable<string> Events() =>
        from process in PublishedInstruments.Processes.Append("ModelSimulator")
        from type in Assembly.Load($"AiPlatform.{process}").GetTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        let log = method.GetCustomAttribute<LoggerMessageAttribute>()
        where log is not null
        orderby log.EventId
        let level = log.Level is >= LogLevel.Trace and < LogLevel.None ? log.Level.ToString() : "–"
        select $"{log.EventId} | {level} | {log.Message}";

    static void AssertSame(IEnumerable<string> code, IEnumerable<string> document)
    {
        string[] real = [.. code], described = [.. document];
        Assert.True(real.Except(described).FirstOrDefault() is null, "docs/observability.md lacks, or has otherwise:\n" + string.Join('\n', real.Except(described)));
        Assert.True(described.Except(real).FirstOrDefault() is null, "docs/observability.md has what the code has not:\n" + string.Join('\n', described.Except(real)));
    }
}
