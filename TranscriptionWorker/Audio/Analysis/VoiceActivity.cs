using AiPlatform.TranscriptionWorker.Audio.Decoding;

namespace AiPlatform.TranscriptionWorker.Audio.Analysis;

/// <summary>Finds where somebody speaks on a channel, by what rises above the noise of the line and is no signal of the network.</summary>
static class VoiceActivity
{
    const int FrameSamples = FrameEnergy.FrameSamples;

    const double OnAboveNoise = 9;
    const double OffAboveNoise = 6;
    const double LeastOn = -50;
    const double LeastOff = -53;

    // Ends of words are quiet: what goes on within 200 ms is one stretch. Of it 120 ms must be loud, or it is a click.
    const int HangoverFrames = 10;
    const int LeastFrames = 6;

    // In samples.
    const int LeastGap = SampleRange.Rate / 4;
    const int Padding = SampleRange.Rate / 10;

    /// <param name="echo">True of the frames in which the other channel is heard; null of none.</param>
    /// <returns>In order; they neither touch nor overlap.</returns>
    public static IReadOnlyList<SampleRange> Find(DecodedChannel channel, bool[]? echo = null)
    {
        var levels = Array.ConvertAll(channel.Energy, energy => Levels.Of(energy));
        var floor = new NoiseFloor(levels);
        List<SampleRange> found = [];
        var (start, last, loud) = (-1, -1, 0);
        for (var frame = 0; frame < levels.Length; frame++)
        {
            var noise = floor.At(frame);
            var isOther = (frame < channel.Tones.Length && channel.Tones[frame]) || echo?[frame] == true;
            var threshold = start < 0 ? Math.Max(noise + OnAboveNoise, LeastOn) : Math.Max(noise + OffAboveNoise, LeastOff);
            if (levels[frame] > threshold && !isOther)
            {
                (start, last, loud) = (start < 0 ? frame : start, frame, loud + 1);
            }
            else if (start >= 0 && frame - last > HangoverFrames)
            {
                Keep(found, start, last, loud);
                (start, loud) = (-1, 0);
            }
        }
        if (start >= 0)
        {
            Keep(found, start, last, loud);
        }
        return [.. found.Select(range => new SampleRange(Math.Max(0, range.Start - Padding), Math.Min(channel.Samples, range.End + Padding)))];
    }

    static void Keep(List<SampleRange> found, int start, int last, int loud)
    {
        if (loud < LeastFrames)
        {
            return;
        }
        var range = new SampleRange((long)start * FrameSamples, (last + 1L) * FrameSamples);
        if (found.Count > 0 && range.Start - found[^1].End < LeastGap)
        {
            found[^1] = new SampleRange(found[^1].Start, range.End);
        }
        else
        {
            found.Add(range);
        }
    }
}
