using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Speakers;

/// <summary>Measures the voice of a segment from its samples.</summary>
static class VoiceReader
{
    /// <summary>Of a longer segment its middle is heard: a voice does not change in it.</summary>
    const double MostSeconds = 4;

    public static async Task<Voice> ReadAsync(TranscriptSegment segment, int track, SpeakerSound sound, CancellationToken ct)
    {
        var cut = Math.Max(0, segment.End - segment.Start - MostSeconds) / 2;
        var range = SampleRange.OfSeconds(segment.Start + cut, segment.End - cut);
        var samples = await sound.ReadSamples(track, range, ct);
        var (energy, slope) = (0d, 0d);
        for (var i = 1; i < samples.Length; i++)
        {
            energy += (double)samples[i] * samples[i];
            var step = (double)samples[i] - samples[i - 1];
            slope += step * step;
        }
        return Voice.Of(
            Pitch.Hertz(samples),
            sound.LevelDb(track, range),
            // Steps from sample to sample grow with the tone.
            10 * Math.Log10((slope + 1) / (energy + 1)),
            Math.Max(0.1, range.Seconds));
    }
}
