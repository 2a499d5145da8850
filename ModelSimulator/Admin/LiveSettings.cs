using System.Reflection;
using System.Text.Json;
using AiPlatform.ModelSimulator.Http;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Admin;

/// <summary>The settings that change while the server runs: latencies, limits and failures. They are named as at the start, without SIMULATOR_ and in small letters.</summary>
sealed class LiveSettings
{
    const string Prefix = "SIMULATOR_";

    static readonly string[] Changing =
    [
        nameof(SimulatorOptions.FirstTokenMs), nameof(SimulatorOptions.FirstTokenStdDev), nameof(SimulatorOptions.PrefillTokenMs),
        nameof(SimulatorOptions.LoadMs), nameof(SimulatorOptions.KeepAliveMs), nameof(SimulatorOptions.InterTokenMs),
        nameof(SimulatorOptions.InterTokenStdDev), nameof(SimulatorOptions.LoadFactor), nameof(SimulatorOptions.MaxRunning),
        nameof(SimulatorOptions.MaxWaiting), nameof(SimulatorOptions.BatchTokens), nameof(SimulatorOptions.PrefixCache),
        nameof(SimulatorOptions.AnswerMode), nameof(SimulatorOptions.AnswerTokens), nameof(SimulatorOptions.FailureRate),
        nameof(SimulatorOptions.FailureTypes), nameof(SimulatorOptions.StartupMs), nameof(SimulatorOptions.FakeRunning),
        nameof(SimulatorOptions.FakeWaiting), nameof(SimulatorOptions.FakeKvUsage), nameof(SimulatorOptions.WallTimeFactor)
    ];

    readonly Lock gate = new();
    readonly SimulatorOptions live;
    readonly SimulatorOptions started = new();
    readonly ServedModels models;

    public LiveSettings(IOptions<SimulatorOptions> options, ServedModels models)
    {
        live = options.Value;
        this.models = models;
        Copy(live, started);
    }

    static IReadOnlyList<(string Name, PropertyInfo Property)> All { get; } =
    [
        .. typeof(SimulatorOptions).GetProperties()
            .Where(property => Changing.Contains(property.Name))
            .Select(property => (SimulatorSettings.Key(property)[Prefix.Length..].ToLowerInvariant(), property))
    ];

    public void Write(Utf8JsonWriter json)
    {
        lock (gate)
        {
            foreach (var (name, property) in All)
            {
                json.WritePropertyName(name);
                JsonSerializer.Serialize(json, property.GetValue(live), property.PropertyType, AdminJson.Default.Options);
            }
        }
    }

    /// <summary>All of the changes, or none and what is wrong with the first wrong one.</summary>
    public ApiError? Change(JsonElement changes)
    {
        if (changes.ValueKind != JsonValueKind.Object)
            return ApiError.BadRequest("Input should be an object of settings, such as {\"first_token_ms\":5}");
        lock (gate)
        {
            var next = new SimulatorOptions();
            Copy(live, next);
            foreach (var change in changes.EnumerateObject())
            {
                if (Set(next, change) is { } mistake)
                    return ApiError.BadRequest(mistake, change.Name);
            }

            Apply(next);
            return null;
        }
    }

    /// <summary>As the server was started.</summary>
    public void Reset()
    {
        lock (gate)
            Apply(started);
    }

    static string? Set(SimulatorOptions options, JsonProperty change)
    {
        var property = All.FirstOrDefault(setting => setting.Name == change.Name).Property;
        if (property is null)
            return $"'{change.Name}' is no setting that can change; of: {string.Join(", ", All.Select(setting => setting.Name))}";
        if (!TryRead(change.Value, property.PropertyType, out var value))
            return $"{change.Name} is {change.Value.GetRawText()}, which is not {SimulatorSettings.Noun(property)}";
        property.SetValue(options, value);

        return SimulatorSettings.Mistakes(options, property, change.Name).FirstOrDefault() is { } mistake
            ? $"{change.Name} is {change.Value.GetRawText()}. {mistake}"
            : null;
    }

    static bool TryRead(JsonElement given, Type type, out object? value)
    {
        value = null;
        if (given.ValueKind == JsonValueKind.Null)
            return Nullable.GetUnderlyingType(type) is not null;
        try
        {
            value = given.Deserialize(type, AdminJson.Default.Options);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    void Apply(SimulatorOptions settings)
    {
        Copy(settings, live);
        foreach (var model in models.All.Append(models.Wall))
            model.Engine.Retune();
    }

    static void Copy(SimulatorOptions from, SimulatorOptions to)
    {
        foreach (var (_, property) in All)
            property.SetValue(to, property.GetValue(from));
    }
}
