namespace AiPlatform.TranscriptionWorker.Audio.Analysis;

/// <summary>How loud a line is while nobody speaks: what a tenth of the 15 s around a frame stays below.</summary>
sealed class NoiseFloor
{
    const int WindowFrames = 750;
    const int StepFrames = 25;
    const int BinsPerDecibel = 2;
    const double Share = 0.1;
    const double Least = -70;

    readonly double[] steps;

    public NoiseFloor(double[] levels)
    {
        var bins = new int[(int)(-Levels.Least * BinsPerDecibel) + 1];
        steps = new double[(levels.Length / StepFrames) + 1];
        var (from, to) = (0, 0);
        for (var step = 0; step < steps.Length; step++)
        {
            var middle = step * StepFrames;
            for (; to < Math.Min(levels.Length, middle + (WindowFrames / 2)); to++)
            {
                bins[Bin(levels[to])]++;
            }
            for (; from < middle - (WindowFrames / 2); from++)
            {
                bins[Bin(levels[from])]--;
            }
            steps[step] = Math.Max(Least, Percentile(bins, (to - from) * Share));
        }
    }

    public double At(int frame) => steps[frame / StepFrames];

    static double Percentile(int[] bins, double wanted)
    {
        var (bin, below) = (0, (double)bins[0]);
        while (below < wanted && bin < bins.Length - 1)
        {
            below += bins[++bin];
        }
        return ((double)bin / BinsPerDecibel) + Levels.Least;
    }

    static int Bin(double level) => (int)(Math.Clamp(level - Levels.Least, 0, -Levels.Least) * BinsPerDecibel);
}
