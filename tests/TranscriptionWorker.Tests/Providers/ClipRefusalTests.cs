using AiPlatform.TranscriptionWorker.Providers;

namespace AiPlatform.TranscriptionWorker.Tests.Providers;

/// <summary>What a server would not take of a clip, told from its words.</summary>
public sealed class ClipRefusalTests
{
    [Theory]
    [InlineData(400, "Maximum file size exceeded (parameter=audio_filesize_mb, value=28.6)", "TooLong")]
    [InlineData(400, "Audio exceeds maximum allowed duration of 600s (metadata reports 5998.0s).", "TooLong")]
    [InlineData(400, "This model's maximum context length is 32768 tokens.", "TooLong")]
    [InlineData(413, "Maximum content size limit (26214400) exceeded", "TooLong")]
    [InlineData(400, "audio duration 1500.1 seconds is longer than 1400 seconds which is the maximum for this model", "TooLong")]
    [InlineData(400, "Invalid or unsupported audio file.", "Undecodable")]
    [InlineData(400, "Audio file might be corrupted or unsupported", "Undecodable")]
    [InlineData(500, "Failed to load audio: Invalid data found when processing input", "Undecodable")]
    [InlineData(200, "Error opening <_io.BytesIO object at 0x7f>: Format not recognised.", "Undecodable")]
    [InlineData(400, "Unsupported language: 'xx'.  Must be one of ['af']", "None")]
    [InlineData(401, "Invalid or unsupported audio file.", "None")]
    [InlineData(429, "Maximum content size limit", "None")]
    [InlineData(500, "Engine dead", "None")]
    public async Task A_refusal_says_what_would_help(int status, string message, string refusal)
    {
        await using var server = await ScriptedServer.AnsweringAsync(status, $$$"""{"error":{"message":"{{{message}}}","code":{{{status}}}}}""");

        Assert.Equal(refusal, $"{Assert.IsType<ClipResult.Failed>(await Call.ToAsync(server.Address)).Refusal}");
    }

    [Fact]
    public async Task The_simulators_limits_are_understood()
    {
        await using var simulator = await Simulator.StartAsync();

        var tooLong = await Call.ToAsync(simulator.Address, Call.Clip() with { Wav = Wav.Silence(601, 1000) });
        var unreadable = await Call.ToAsync(simulator.Address, Call.Clip() with { Wav = [.. "ID3"u8] });

        Assert.Equal(ClipRefusal.TooLong, Assert.IsType<ClipResult.Failed>(tooLong).Refusal);
        Assert.Equal(ClipRefusal.Undecodable, Assert.IsType<ClipResult.Failed>(unreadable).Refusal);
    }
}
