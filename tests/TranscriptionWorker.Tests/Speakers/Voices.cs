using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Speakers;

namespace AiPlatform.TranscriptionWorker.Tests.Speakers;

/// <summary>Audio in which each second has a voice of its own: a buzz of some pitch and loudness.</summary>
static class Voices
{
    /// <param name="seconds">Pitch in Hz and level in dBFS of each second of the audio.</param>
    public static SpeakerSound Sound(params (double Hertz, double Db)[] seconds) => new(
        [new SpeechTrack(null, [new SampleRange(0, seconds.Length * SampleRange.Rate)])],
        [new PlannedChunk(0, 0, new SampleRange(0, seconds.Length * SampleRange.Rate))],
        seconds.Length,
        (_, range) => seconds[Second(range, seconds.Length)].Db,
        (_, range, _) => Task.FromResult(Buzz(seconds[Second(range, seconds.Length)], (int)range.Length)));

    /// <summary>A track of one-second segments.</summary>
    public static IReadOnlyList<TranscriptSegment> Said(params string[] texts) =>
        [.. texts.Select((text, i) => new TranscriptSegment(i, i + 0.9, text, null))];

    static int Second(SampleRange range, int seconds) => Math.Min(seconds - 1, (int)((range.Start + range.End) / 2 / SampleRange.Rate));

    /// <summary>A saw tooth without its fundamental, as the telephone leaves it.</summary>
    public static short[] Buzz((double Hertz, double Db) voice, int length)
    {
        var samples = new short[length];
        var scale = 32_768 * Math.Pow(10, voice.Db / 20);
        for (var i = 0; i < length; i++)
        {
            var phase = 2 * Math.PI * voice.Hertz * i / SampleRange.Rate;
            samples[i] = (short)(scale * Enumerable.Range(2, 8).Sum(overtone => Math.Sin(phase * overtone) / overtone));
        }
        return samples;
    }
}
