using System.Buffers;
using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.Api.Infra;

/// <summary>
/// Makes one report of what several sidecars say. Their entries are passed on as they are, with the sidecar's name in front: a sidecar of another
/// version may say more or less.
/// </summary>
static class InfraMerge
{
    const string Ok = "ok", Degraded = "degraded", Unavailable = "unavailable";

    public static InfraReport Of(IReadOnlyList<(SidecarAddress Sidecar, SidecarAnswer Answer)> asked, TimeProvider time)
    {
        if (asked.Count == 0)
            return new InfraReport { Configured = false, Available = false, Reason = "No sidecar is configured; INFRA_SIDECAR_URL names one or several." };

        var silent = asked.Where(entry => entry.Answer.Status is null).Select(entry => entry.Sidecar.Name).ToList();
        return new InfraReport
        {
            Configured = true,
            Available = silent.Count < asked.Count,
            Reason = silent.Count == 0 ? null : $"{silent.Count} of {asked.Count} sidecars did not tell their status: {string.Join(", ", silent)}.",
            Status = Judge([.. asked.Select(entry => Word(entry.Answer))]),
            Sidecars = [.. asked.Select(entry => Describe(entry.Sidecar, entry.Answer, time))],
            Gpus = Entries(asked, "gpus"),
            Containers = Entries(asked, "containers"),
            Inference = Entries(asked, "inference"),
        };
    }

    static string Judge(string[] words) =>
        words.All(word => word == Ok) ? Ok : words.All(word => word == Unavailable) ? Unavailable : Degraded;

    static string Word(SidecarAnswer answer) => answer.Status is { } status ? Text(status, "status") ?? Degraded : Unavailable;

    static SidecarReport Describe(SidecarAddress sidecar, SidecarAnswer answer, TimeProvider time) => new()
    {
        Name = sidecar.Name,
        UrlHost = sidecar.Status.Authority,
        Available = answer.Status is not null,
        Reason = answer.Reason,
        AgeMs = (long)time.GetElapsedTime(answer.At).TotalMilliseconds,
        Status = answer.Status is { } status ? Text(status, "status") : null,
        GeneratedAt = answer.Status is { } told && told.TryGetProperty("generated_at", out var at) && at.ValueKind == JsonValueKind.String
            && at.TryGetDateTimeOffset(out var moment) ? moment : null,
        Host = Part(answer, "host"),
        Sources = Part(answer, "sources"),
    };

    static JsonElement? Part(SidecarAnswer answer, string name) =>
        answer.Status is { } status && status.TryGetProperty(name, out var part) && part.ValueKind == JsonValueKind.Object ? part : null;

    static string? Text(JsonElement status, string name) =>
        status.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    static IReadOnlyList<JsonElement> Entries(IReadOnlyList<(SidecarAddress Sidecar, SidecarAnswer Answer)> asked, string list) =>
    [
        .. from entry in asked
           where entry.Answer.Status is { } status && status.TryGetProperty(list, out var items) && items.ValueKind == JsonValueKind.Array
           from item in entry.Answer.Status!.Value.GetProperty(list).EnumerateArray()
           where item.ValueKind == JsonValueKind.Object
           select Named(item, entry.Sidecar.Name),
    ];

    static JsonElement Named(JsonElement item, string sidecar)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("sidecar", sidecar);
            foreach (var property in item.EnumerateObject().Where(property => property.Name != "sidecar"))
                property.WriteTo(writer);
            writer.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }
}
