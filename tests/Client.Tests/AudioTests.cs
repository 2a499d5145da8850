using System.Security.Cryptography;
using System.Text.Json;
using AiPlatform.Contracts;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>Audio, and what a real worker on a simulated model hears in it.</summary>
[Collection(ClientSystem.Name)]
public sealed class AudioTests(ClientSystem system)
{
    static readonly string Call = Path.Combine(AppContext.BaseDirectory, "call.wav");

    readonly AiPlatformClient _client = system.Client;

    [Fact]
    public async Task Audio_is_uploaded_transcribed_and_read_in_every_form()
    {
        await using var file = File.OpenRead(Call);
        var audio = await _client.UploadAudioAsync(file, "звонок №1.wav", "tests", Ct);
        Assert.Equal((file.Length, "звонок №1.wav", "tests"), (audio.Bytes, audio.Filename, audio.OwnerService));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Call, Ct))), audio.Sha256);
        Assert.True(file.CanRead);

        var job = await _client.SubmitAsync(Transcription(audio), Ct);
        Assert.Equal(JobStatus.Completed, (await _client.WaitAsync(job.Id, TimeSpan.FromMinutes(2), Ct)).Status);
        var transcript = await _client.GetTranscriptAsync(job.Id, Ct);
        Assert.Equal((3.693, false), (transcript.Duration, transcript.Partial));
        Assert.NotEmpty(transcript.Segments);
        Assert.Contains(transcript.Segments[0].Text, await _client.GetTranscriptAsync(job.Id, TranscriptFormat.Text, Ct), StringComparison.Ordinal);
        Assert.StartsWith("1\n00:00:00,", await _client.GetTranscriptAsync(job.Id, TranscriptFormat.Srt, Ct), StringComparison.Ordinal);
        Assert.StartsWith("WEBVTT\n", await _client.GetTranscriptAsync(job.Id, TranscriptFormat.Vtt, Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_cannot_seek_is_sent_as_it_is_read()
    {
        var bytes = RandomNumberGenerator.GetBytes(3_000_000);
        await using var audio = new OneWayStream(bytes);
        var kept = await _client.UploadAudioAsync(audio, cancellationToken: Ct);
        Assert.Equal((3_000_000, "upload", Convert.ToHexStringLower(SHA256.HashData(bytes))), (kept.Bytes, kept.Filename, kept.Sha256));

        Assert.Equal(kept.Filename, (await _client.GetAudioAsync(kept.AudioRef, Ct)).Filename);
        await _client.DeleteAudioAsync(kept.AudioRef, Ct);
        await FailsAsync(() => _client.GetAudioAsync(kept.AudioRef, Ct), ErrorCodes.NotFound, 404);
        await FailsAsync(() => _client.DeleteAudioAsync(kept.AudioRef, Ct), ErrorCodes.NotFound, 404);
    }

    [Fact]
    public async Task A_stream_is_sent_from_where_it_stands()
    {
        using var audio = new MemoryStream([1, 2, 3, 4, 5]) { Position = 2 };
        Assert.Equal(3, (await _client.UploadAudioAsync(audio, cancellationToken: Ct)).Bytes);
    }

    [Fact]
    public async Task What_has_no_transcript_yet_says_so()
    {
        var later = Job("transcription") with { Input = JsonElement.Parse("""{"audio_base64":"AAAA"}"""), RunAt = TimeProvider.System.GetUtcNow().AddHours(1) };
        var job = await _client.SubmitAsync(later, Ct);
        await FailsAsync(() => _client.GetTranscriptAsync(job.Id, Ct), ErrorCodes.NotFinished, 409);
        await _client.CancelAsync(job.Id, Ct);
        await FailsAsync(() => _client.GetTranscriptAsync(job.Id, TranscriptFormat.Srt, Ct), ErrorCodes.InvalidState, 409);
        var wrong = await FailsAsync(() => _client.SubmitAsync(Job("transcription"), Ct), ErrorCodes.Invalid, 422);
        Assert.Contains("input", wrong.Errors.Keys);
    }

    static CreateJob Transcription(AudioView audio) =>
        Job("transcription") with { Input = JsonSerializer.SerializeToElement(new { audio_ref = audio.AudioRef, language = "en" }) };
}
