using System.Globalization;
using System.Text.RegularExpressions;
using AiPlatform.ServiceDefaults.Settings;
using Microsoft.Extensions.Configuration;

namespace AiPlatform.ServiceDefaults.Telemetry;

/// <summary>
/// The variables of OpenTelemetry's OTLP exporter, which the exporter reads itself. Of what it cannot read it takes the default without a word, so that
/// telemetry goes elsewhere, or it throws; here that is a setting that is not valid, like any other.
/// (https://opentelemetry.io/docs/specs/otel/protocol/exporter/)
/// </summary>
static partial class OtlpSettings
{
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    static readonly string[] Signals = ["", "TRACES_", "METRICS_", "LOGS_"];

    static readonly (string Name, Func<string, bool> IsValid, string Expected, bool IsSecret)[] Rules =
    [
        ("ENDPOINT", IsAddress, "an http or https address", false),
        ("PROTOCOL", text => text is "grpc" or "http/protobuf", "one of grpc, http/protobuf", false),
        ("TIMEOUT", text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _), "a whole number of milliseconds", false),
        ("HEADERS", AreHeaders, "name=value, or several of them with commas between,", true),
    ];

    /// <summary>A sentence for each variable that the exporter cannot read; none where nothing is exported.</summary>
    public static IReadOnlyList<string> Faults(IConfiguration configuration) => string.IsNullOrWhiteSpace(configuration[Endpoint]) ? [] :
    [
        .. from signal in Signals
           from rule in Rules
           let name = $"OTEL_EXPORTER_OTLP_{signal}{rule.Name}"
           let text = configuration[name]
           where !string.IsNullOrWhiteSpace(text) && !rule.IsValid(text.Trim())
           select $"{Setting.Shown(name, text, rule.IsSecret)}: {rule.Expected} is expected.",
    ];

    static bool IsAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https";

    static bool AreHeaders(string text) => Headers().IsMatch(Uri.UnescapeDataString(text));

    [GeneratedRegex(@"^\s*[-!#$%&'*+.^`|~A-Za-z0-9_]+\s*=[^,\x00-\x1f\x7f]*(,\s*[-!#$%&'*+.^`|~A-Za-z0-9_]+\s*=[^,\x00-\x1f\x7f]*)*,?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Headers();
}
