namespace AiPlatform.TranscriptionWorker.Audio.Analysis;

/// <summary>Levels in decibels of full scale.</summary>
static class Levels
{
    /// <summary>Of digital silence.</summary>
    public const double Least = -100;

    /// <param name="energy">Mean square; 1 is full scale.</param>
    public static double Of(double energy) => energy <= 1e-10 ? Least : 10 * Math.Log10(energy);
}
