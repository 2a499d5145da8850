using System.Text.Json;
using AiPlatform.TranscriptionWorker.Input;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>What a transcription job's input may hold.</summary>
public sealed class InputReaderTests
{
    const string Fields = "audio_url, audio_base64, language, prompt, temperature";

    [Fact]
    public void Every_field_is_read()
    {
        var input = InputReader.TryRead(
            JsonElement.Parse("""{"audio_url":"https://a.example/b.wav","language":"de-AT","prompt":"Meier","temperature":0.2}"""), out var problem);

        Assert.Null(problem);
        Assert.Equal(new TranscriptionInput { AudioUrl = "https://a.example/b.wav", Language = "de", Prompt = "Meier", Temperature = 0.2 }, input);
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
    [InlineData(null, $"The input must be a JSON object with {Fields}.")]
    [InlineData("[]", $"The input must be a JSON object with {Fields}.")]
    [InlineData("\"x\"", $"The input must be a JSON object with {Fields}.")]
    [InlineData("{}", "Neither audio_url nor audio_base64 is given; give one of them.")]
    [InlineData("""{"audio_url":null,"audio_base64":null}""", "Neither audio_url nor audio_base64 is given; give one of them.")]
    [InlineData("""{"audio_url":"u","audio_base64":"b"}""", "audio_url and audio_base64 are both given; give one of them.")]
    [InlineData("""{"audio_url":"u","audio":"x","diarise":true}""", $"The input has unknown fields: audio, diarise. Known are {Fields}.")]
    [InlineData("""{"audio_url":1}""", "audio_url is not valid: text is expected.")]
    [InlineData("""{"audio_base64":["x"]}""", "audio_base64 is not valid: text is expected.")]
    [InlineData("""{"audio_url":"u","temperature":"hot"}""", "temperature is not valid: a number is expected.")]
    [InlineData("""{"audio_url":"u","temperature":1.5}""", "temperature must be from 0 to 1.")]
    [InlineData("""{"audio_url":"u","language":"english"}""", "language must be a code such as 'en' or 'en-US', not 'english'.")]
    [InlineData("""{"audio_url":"u","language":"e\nn"}""", "language must be a code such as 'en' or 'en-US', not 'e n'.")]
    [InlineData("""{"audio_url":"\ud800"}""", "audio_url is not valid: text is expected.")]
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
        Assert.Equal("prompt has 4001 characters; at most 4000 are allowed.", problem);
    }
}
