using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Input;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>What a transcription job's input may hold.</summary>
public sealed class InputReaderTests
{
    const string Fields =
        "audio_url, audio_base64, audio_ref, language, prompt, temperature, diarize, num_speakers, channel_roles, channel_offsets_ms, chunk_seconds, provider, strict, include_gaps";

    const string Sources = "audio_url, audio_base64, audio_ref";

    [Fact]
    public void Every_field_is_read()
    {
        var input = InputReader.TryRead(
            JsonElement.Parse("""
                {"audio_url":"https://a.example/b.wav","language":"de-AT","prompt":"Meier","temperature":0.2,"diarize":false,"num_speakers":2,
                 "channel_roles":["agent","customer"],"channel_offsets_ms":[0,-250],"chunk_seconds":12.5,"provider":"whisperx","strict":true,"include_gaps":true}
                """), out var problem);

        Assert.Null(problem);
        Assert.Equal(["agent", "customer"], input!.ChannelRoles!);
        Assert.Equal([0, -250], input.ChannelOffsetsMs!);
        Assert.Equal(
            new TranscriptionInput
            {
                AudioUrl = "https://a.example/b.wav",
                Language = "de",
                Prompt = "Meier",
                Temperature = 0.2,
                Diarize = false,
                NumSpeakers = 2,
                ChunkSeconds = 12.5,
                Provider = "whisperx",
                Strict = true,
                IncludeGaps = true,
            },
            input with { ChannelRoles = null, ChannelOffsetsMs = null });
    }

    [Fact]
    public void Fields_that_are_null_or_left_out_have_their_defaults()
    {
        const string audio = "0199e0c2-0000-7000-8000-000000000000";
        var input = InputReader.TryRead(JsonElement.Parse($$"""{"audio_ref":"{{audio}}","audio_url":null,"diarize":null,"num_speakers":null}"""), out _);
        Assert.Equal(new TranscriptionInput { AudioRef = audio }, input);
        Assert.Equal((true, false, false), (input!.Diarize, input.Strict, input.IncludeGaps));
    }

    [Theory]
    [InlineData("en", "en")]
    [InlineData("en-US", "en")]
    [InlineData("EN_us", "en")]
    [InlineData(" pt-BR ", "pt")]
    [InlineData("zh-Hant-TW", "zh")]
    [InlineData("yue", "yue")]
    [InlineData("auto", null)]
    [InlineData("", null)]
    public void A_language_is_brought_to_its_code(string given, string? code)
    {
        var input = InputReader.TryRead(JsonSerializer.SerializeToElement(new { audio_url = "http://a.example/", language = given }), out _);

        Assert.NotNull(input);
        Assert.Equal(code, input.Language);
    }

    [Theory]
    [InlineData(null, $"input must be an object with {Fields}.")]
    [InlineData("[]", $"input must be an object with {Fields}.")]
    [InlineData("\"x\"", $"input must be an object with {Fields}.")]
    [InlineData("{}", $"input names no audio; give one of {Sources}.")]
    [InlineData("""{"audio_url":null,"audio_base64":null}""", $"input names no audio; give one of {Sources}.")]
    [InlineData("""{"audio_url":"u","audio_base64":"AAAA"}""", $"audio_base64 is given beside audio_url; give one of {Sources}.")]
    [InlineData("""{"audio_url":"u","audio":"x","diarise":true}""", $"input has unknown fields: audio, diarise. Known are {Fields}.")]
    [InlineData("""{"audio_url":1}""", "audio_url must be a text.")]
    [InlineData("""{"audio_base64":["x"]}""", "audio_base64 must be a text.")]
    [InlineData("""{"audio_base64":"*"}""", "audio_base64 is not base64.")]
    [InlineData("""{"audio_ref":"call.wav"}""", "audio_ref 'call.wav' is not a reference that an upload answered: a UUID.")]
    [InlineData("""{"audio_url":"u","temperature":"hot"}""", "temperature must be a number from 0 to 1.")]
    [InlineData("""{"audio_url":"u","temperature":1.5}""", "temperature must be a number from 0 to 1.")]
    [InlineData("""{"audio_url":"u","num_speakers":9,"chunk_seconds":4}""",
        "num_speakers must be a whole number from 1 to 8. chunk_seconds must be a number from 5 to 600.")]
    [InlineData("""{"audio_url":"u","num_speakers":1.5}""", "num_speakers must be a whole number from 1 to 8.")]
    [InlineData("""{"audio_url":"u","diarize":"yes"}""", "diarize must be true or false.")]
    [InlineData("""{"audio_url":"u","channel_roles":"agent"}""", "channel_roles must be an array of at most 8 entries.")]
    [InlineData("""{"audio_url":"u","channel_roles":["agent",""]}""", "channel_roles[1] must not be empty or hold control characters.")]
    [InlineData("""{"audio_url":"u","channel_offsets_ms":[0,0.5]}""", "channel_offsets_ms[1] must be a whole number from -3600000 to 3600000.")]
    [InlineData("""{"audio_url":"u","language":"english"}""", "language must be a code such as 'en' or 'en-US', not 'english'.")]
    [InlineData("""{"audio_url":"u","language":"e\nn"}""", "language must be a code such as 'en' or 'en-US', not 'e n'.")]
    [InlineData("""{"audio_url":"\ud800"}""", "audio_url must be a text.")]
    public void A_mistake_is_named_with_its_field(string? input, string message)
    {
        Assert.Null(InputReader.TryRead(input is null ? null : JsonElement.Parse(input), out var problem));
        Assert.Equal(message, problem);
    }

    [Fact]
    public void A_prompt_has_a_limit()
    {
        Assert.Null(InputReader.TryRead(
            JsonSerializer.SerializeToElement(new { audio_url = "u", prompt = new string('x', 4001) }), out var problem));
        Assert.Equal("prompt must have at most 4000 characters, not 4001.", problem);
    }
}
