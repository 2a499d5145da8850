using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Uploads;
using AiPlatform.Contracts;

namespace AiPlatform.Api.OpenAi.Transcriptions;

/// <summary>What the fields of OpenAI's form say of a transcription.</summary>
/// <param name="Input">Of the job, without the audio.</param>
sealed record TranscriptionCall(string Model, string Format, bool IsStream, IReadOnlyList<(string Name, JsonElement Value)> Input)
{
    public const string Json = "json";
    public const string VerboseJson = "verbose_json";

    const string ProviderField = "provider";

    static readonly string[] Formats = [Json, "text", "srt", VerboseJson, "vtt"];
    static readonly string[] Flags = ["true", "false"];
    static readonly EachWordAttribute ModelName = new(128);

    // Speakers stand in few of OpenAI's forms, and telling them apart has its price: only who asks for them gets them.
    static readonly InputField[] InputFields =
    [
        new("language", Text), new("prompt", Text), new("temperature", Number), new("diarize", Flag, Otherwise: "false"), new("num_speakers", Number),
        new("chunk_seconds", Number), new(ProviderField, Text), new("strict", Flag), new("include_gaps", Flag),
    ];

    static readonly string[] Own = ["model", "response_format", "stream", "timestamp_granularities[]", "timestamp_granularities", "chunking_strategy"];

    /// <summary>Of no use where an error was noted.</summary>
    public static TranscriptionCall Read(Upload form)
    {
        var errors = form.Errors;
        foreach (var unknown in form.FieldNames.Except(Own).Except(InputFields.Select(field => field.Name)))
            errors.Add(Shown.Name(unknown), $"is not known; {Shown.Allowed([UploadReader.FileField, .. Own, .. InputFields.Select(field => field.Name)])}");
        var model = form.Field("model");
        if ((model is null ? "is required." : ModelName.Check(model)) is { } fault)
            errors.Add("model", fault);
        var isStream = Word(form, "stream", Flags, "false") == "true";
        var format = Word(form, "response_format", Formats, Json);
        if (isStream && format != Json)
            errors.Add("response_format", $"'{format}' cannot be streamed; {Shown.Allowed([Json])}");
        if (form.Field("chunking_strategy") is { } strategy && strategy != "auto")
            errors.Add("chunking_strategy", $"{Shown.Before($"'{strategy}'")}is not allowed; {Shown.Allowed(["auto"])} chunk_seconds says how long a piece may be.");
        foreach (var granularity in form.Fields("timestamp_granularities[]").Concat(form.Fields("timestamp_granularities")).Where(word => word != "segment"))
            errors.Add("timestamp_granularities[]", $"{Shown.Before($"'{granularity}'")}is not allowed; {Shown.Allowed(["segment"])}");
        List<(string, JsonElement)> input = [];
        foreach (var field in InputFields)
        {
            // Some clients send what is not said as an empty field.
            if ((form.Field(field.Name) is { Length: > 0 } given ? given : field.Otherwise) is { } text)
                input.Add((field.Name, field.Read(text)));
        }
        return new(model ?? "", format, isStream, input);
    }

    /// <summary>The input with the audio in one field more.</summary>
    public JsonElement With(string field, string audio, string? provider)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, OpenAiJson.Writing))
        {
            json.WriteStartObject();
            json.WriteString(field, audio);
            foreach (var (name, value) in Input)
                json.WriteAsIs(name, value);
            if (provider is not null && !Input.Any(said => said.Name == ProviderField))
                json.WriteString(ProviderField, provider);
            json.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    /// <summary>The value in JSON; a text where it is none of its kind, which the reader of the input then tells.</summary>
    static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text, OpenAiJson.Types.String);

    static JsonElement Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
        ? JsonSerializer.SerializeToElement(number, OpenAiJson.Types.Double)
        : Text(text);

    static JsonElement Flag(string text) => Flags.Contains(text) ? JsonElement.Parse(text) : Text(text);

    static string Word(Upload form, string name, string[] allowed, string otherwise)
    {
        if (form.Field(name) is not { Length: > 0 } word)
            return otherwise;
        if (allowed.Contains(word))
            return word;
        form.Errors.Add(name, $"{Shown.Before($"'{word}'")}is not allowed; {Shown.Allowed(allowed)}");
        return otherwise;
    }

    /// <param name="Otherwise">What it is where the form does not say it; null for nothing.</param>
    sealed record InputField(string Name, Func<string, JsonElement> Read, string? Otherwise = null);
}
