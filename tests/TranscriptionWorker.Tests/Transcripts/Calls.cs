using AiPlatform.Contracts;

namespace AiPlatform.TranscriptionWorker.Tests.Transcripts;

static class Calls
{
    public static TranscriptionResult Call(params TranscriptSegment[] segments) => new()
    {
        Text = string.Join(' ', segments.Select(segment => segment.Text).Where(text => text.Length > 0)),
        Segments = segments,
        Duration = 3700,
        Language = "en",
        Model = "m",
        Provider = "p",
        Audio = new TranscriptAudio(2, 8000, "pcm_mulaw", new string('a', 64), false),
        Usage = new TranscriptUsage(3700, 3700, 130, 0),
        Chunks = new TranscriptChunks(130, 130, 0),
        Diarization = new TranscriptDiarization(true, SpeakerSources.Channel, DiarizationConfidence.High),
    };

    public static readonly TranscriptionResult Short = Call(
        new(0, 1.5, "Good day.", "SPEAKER_00"),
        new(1.5, 3.42, "How are\nyou?", "SPEAKER_00") { Id = 1 },
        new(3.42, 4, "", null) { Id = 2, Gap = true },
        new(3600.005, 3661.25, "A & B --> <i>C</i>, and then we talked about the weather for quite a while, as people do when there is nothing else to say.", "SPEAKER_01") { Id = 3 });
}
