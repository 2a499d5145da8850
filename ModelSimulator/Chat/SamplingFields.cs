using System.Text.Json;
using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>Fields that requests for chats, completions and responses have in common.</summary>
static class SamplingFields
{
    const int MaxChoices = 128;

    public static void Check(FieldReader fields)
    {
        fields.Number("temperature", value => value >= 0, "non-negative");
        fields.Number("top_p", value => value is > 0 and <= 1, "in (0, 1]");
        fields.Number("presence_penalty", value => value is >= -2 and <= 2, "in [-2, 2]");
        fields.Number("frequency_penalty", value => value is >= -2 and <= 2, "in [-2, 2]");
    }

    public static int? Seed(FieldReader fields)
    {
        if (fields.Of("seed", JsonValueKind.Number, "integer") is not { } given)
            return null;
        if (given.TryGetInt64(out var seed))
            return (int)seed;
        fields.Fail("Input should be a valid integer", "seed");
        return null;
    }

    public static int Priority(FieldReader fields, SimulatorOptions options)
    {
        var priority = fields.Whole("priority", int.MinValue) ?? 0;
        if (priority != 0 && options.SchedulingPolicy != SimulatorOptions.ByPriority)
            fields.Fail($"Got priority {priority} but Priority scheduling is not enabled.", "priority");
        return priority;
    }

    public static int Choices(FieldReader fields)
    {
        var choices = fields.Whole("n", 1) ?? 1;
        if (choices > MaxChoices)
            fields.Fail($"n must be at most {MaxChoices}, got {choices}.", "n");
        else if (choices > 1 && fields.Any("temperature") is { ValueKind: JsonValueKind.Number } temperature && temperature.GetDouble() == 0)
            fields.Fail($"n must be 1 when using greedy sampling, got {choices}.", "n");
        return choices;
    }

    public static ChatStream? Stream(FieldReader fields)
    {
        var stream = fields.Flag("stream");
        if (fields.Of("stream_options", JsonValueKind.Object, "object") is not { } given)
            return stream ? new ChatStream(IncludeUsage: false, ContinuousUsage: false) : null;
        if (!stream)
            fields.Fail("Stream options can only be defined when `stream=True`.", "stream_options");
        var options = new FieldReader(given);
        var includeUsage = options.Flag("include_usage");
        var continuousUsage = options.Flag("continuous_usage_stats");
        if (options.Error is { } error)
            fields.Fail(error.Message, "stream_options." + error.Param);
        return stream ? new ChatStream(includeUsage, includeUsage && continuousUsage) : null;
    }

    public static IReadOnlyList<string> StopStrings(FieldReader fields)
    {
        switch (fields.Any("stop"))
        {
            case null:
                return [];
            case { ValueKind: JsonValueKind.String } one:
                return [one.GetString()!];
            case { ValueKind: JsonValueKind.Array } many when many.EnumerateArray().All(stop => stop.ValueKind == JsonValueKind.String):
                return [.. many.EnumerateArray().Select(stop => stop.GetString()!)];
            default:
                fields.Fail("Input should be a string or a list of strings", "stop");
                return [];
        }
    }
}
