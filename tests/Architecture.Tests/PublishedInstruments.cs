using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using AiPlatform.ServiceDefaults.Prometheus;
using Microsoft.Extensions.DependencyInjection;

namespace AiPlatform.Architecture.Tests;

/// <summary>All instruments and span sources of the processes, from the classes that make them: those whose constructor wants an <see cref="IMeterFactory"/>.</summary>
static class PublishedInstruments
{
    public static readonly string[] Processes =
        ["Api", "InfraSidecar", "Jobs", "LlmWorker", "ServiceDefaults", "TranscriptionWorker", "WorkerRuntime"];

    /// <summary>Each as its row of docs/observability.md begins.</summary>
    public static IReadOnlyList<string> Rows { get; }

    public static IReadOnlyList<string> SpanSources { get; }

    static PublishedInstruments()
    {
        List<string> rows = [];
        HashSet<string> sources = [];
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var spans = new ActivityListener
        {
            ShouldListenTo = source =>
            {
                if (source.Name.StartsWith("AiPlatform.", StringComparison.Ordinal))
                    sources.Add(source.Name);
                return false;
            },
        };
        ActivitySource.AddActivityListener(spans);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters))
                    rows.Add(Row(instrument));
            },
        };
        listener.Start();
        foreach (var type in Processes.SelectMany(process => Assembly.Load($"AiPlatform.{process}").GetTypes()).Where(type => !type.IsAbstract || type.IsSealed))
            Make(type, meters);
        (Rows, SpanSources) = (rows, [.. sources.Order()]);
    }

    /// <summary>What they measure is asked for later than here, so that nothing of the rest needs to be there.</summary>
    static void Make(Type type, IMeterFactory meters)
    {
        foreach (var field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        {
            if (field.FieldType == typeof(ActivitySource) && !type.ContainsGenericParameters)
                field.GetValue(null);
        }
        var constructor = type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .FirstOrDefault(constructor => constructor.GetParameters().Any(parameter => parameter.ParameterType == typeof(IMeterFactory)));
        if (constructor is null)
            return;
        var made = constructor.Invoke([.. constructor.GetParameters().Select(parameter => parameter.ParameterType == typeof(IMeterFactory) ? meters : Empty(parameter.ParameterType))]);
        type.GetMethod("Observe")?.Invoke(made, [null]);
    }

    static object? Empty(Type type) => type.IsAbstract || type.IsAssignableTo(typeof(Delegate)) ? null : RuntimeHelpers.GetUninitializedObject(type);

    static string Row(Instrument instrument)
    {
        var kind = instrument.GetType().Name.Split('`')[0].Replace("Observable", "", StringComparison.Ordinal) switch
        {
            "Counter" => "counter",
            "Histogram" => "histogram",
            "UpDownCounter" => "updown",
            _ => "gauge",
        };
        var name = PrometheusName.OfFamily(instrument.Name, instrument.Unit ?? "", isGauge: kind is "gauge" or "updown");
        return $"{instrument.Meter.Name}: | `{instrument.Name}` | {kind} | `{name}{(kind == "counter" ? "_total" : "")}` | `{instrument.Unit}` |";
    }
}
